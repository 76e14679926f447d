import { InboxError } from '@relevo/inbox'
import type { Logger } from '@relevo/kit'
import { createTransport } from 'nodemailer'
import type { Channel } from './channel.ts'
import { composeMail } from './composeMail.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string
  readonly from: string
  readonly to: readonly string[]
  readonly timeoutMs: number
  readonly logger: Logger
}

/** Sends one e-mail for each event. Its Message-ID is the event's id, by which a repetition is known. */
export function createSmtpChannel({ url, from, to, timeoutMs, logger }: SmtpOptions): Channel {
  const bounds = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  const transport = createTransport({ url, ...bounds })
  const domain = from.replace(/^.*@/, '').replace(/[^\w.-].*$/, '')
  return {
    name: 'smtp',
    external: true,
    deliver: async (event) => {
      const mail = { from, to: [...to], messageId: `<${event.id}@${domain}>`, ...composeMail(event) }
      const { rejected } = await transport.sendMail(mail).catch(explain)
      if (rejected.length > 0)
        logger.warn({ eventId: event.id, rejected: rejected.length }, 'some recipients were refused')
    },
    stop: async () => transport.close(),
  }
}

/** What the server refuses for good (5xx to the sender, the recipients or the content) is not tried again. */
function explain(error: { code?: string; responseCode?: number; message: string }): never {
  const { code, responseCode = 0 } = error
  if ((code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500)
    throw new InboxError('rejected', `The mail server refuses it: ${responseCode}`, { cause: error })
  throw error
}
