import { randomUUID } from 'node:crypto'
import PostalMime from 'postal-mime'

/** A mail that has come in. */
export interface StoredMail {
  readonly id: string
  readonly at: string
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly messageId: string | null
  readonly text: string
  readonly html: string | null
  readonly source: string
}

/** As many as a person looks through; older ones go. */
const mostMails = 500

/** The newest mails, in memory. */
export class MailStore {
  #mails: StoredMail[] = []

  async add(source: Buffer, to: readonly string[]): Promise<void> {
    const { from, subject = '', messageId = null, text = '', html = null } = await PostalMime.parse(source)
    const mail = { from: from?.address ?? '', to, subject, messageId, text, html }
    const stored = { id: randomUUID(), at: new Date().toISOString(), ...mail, source: source.toString() }
    this.#mails = [stored, ...this.#mails].slice(0, mostMails)
  }

  /** The newest first, without their content. */
  list(): readonly Pick<StoredMail, 'id' | 'at' | 'from' | 'to' | 'subject' | 'messageId'>[] {
    return this.#mails.map(({ id, at, from, to, subject, messageId }) => ({
      id,
      at,
      from,
      to,
      subject,
      messageId,
    }))
  }

  find(id: string): StoredMail | undefined {
    return this.#mails.find((mail) => mail.id === id)
  }

  clear(): void {
    this.#mails = []
  }
}
