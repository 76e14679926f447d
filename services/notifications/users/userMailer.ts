import { InboxError } from '@relevo/inbox'
import type { NotificationsConfig } from '../config.ts'
import { createMailer, type Mailer, type OutgoingMail } from '../email/mailer.ts'
import type { Outcome } from '../email/outcome.ts'
import { isAddress } from '../email/renderMail.ts'

/** One for each partition handled at once. */
const maxConnections = 3

/** Sends mails whose content is kept nowhere, from the handler of an inbox. */
export interface UserMailer {
  /** @throws InboxError, or Error for an attempt that failed; neither tells the address. */
  send(mail: OutgoingMail): Promise<void>
  close(): void
}

export function createUserMailer(config: NotificationsConfig): UserMailer {
  const mailer = mailerOf(config)
  // Asking for the content and sending together have as long as the inbox gives a handler.
  const timeoutMs = Math.ceil(config.sendTimeoutMs / 2)
  return {
    send: async (mail) => {
      if (!isAddress(mail.to)) throw new InboxError('rejected', 'Its address is not one e-mail address')
      settle(await mailer.send(mail, AbortSignal.timeout(timeoutMs)))
    },
    close: () => mailer.close(),
  }
}

function mailerOf({ smtpUrl: url, smtpFrom: from = '', ...config }: NotificationsConfig): Mailer {
  if (url === undefined) return { send: async () => ({ sent: true }), close: () => {} }
  const { sendTimeoutMs: timeoutMs, smtpAllowClearPassword: allowClearPassword } = config
  return createMailer({ url, from, timeoutMs, allowClearPassword, maxConnections })
}

/** The server's answer may contain the address, and errors are stored: so only its kind is kept. */
function settle(outcome: Outcome): void {
  if (outcome.sent) return
  const { reason } = outcome
  if (reason === 'REFUSED' || reason === 'INVALID_ADDRESS')
    throw new InboxError('rejected', `The mail server refuses it: ${reason}`)
  if (reason === 'UNAVAILABLE') throw new InboxError('unavailable', 'The mail server does not take mail now')
  throw new Error(`The mail was not taken: ${reason}`)
}
