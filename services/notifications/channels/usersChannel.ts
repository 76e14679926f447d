import { InboxError, inboxHandler } from '@relevo/inbox'
import type { Logger } from '@relevo/kit'
import { userMailRequested } from '../../../systems/users/userEvents.ts'
import type { NotificationsConfig } from '../config.ts'
import { createMailer, type Mailer } from '../email/mailer.ts'
import type { Outcome } from '../email/outcome.ts'
import { isAddress } from '../email/renderMail.ts'
import { readMail } from '../users/readMail.ts'
import { renderUserMail } from '../users/renderUserMail.ts'
import type { Channel } from './channel.ts'

/** One for each partition handled at once. */
const maxConnections = 3

/**
 * Sends users the mails that the users' service has recorded. What a mail says is asked for as it is sent and is kept nowhere: neither
 * an address nor a code is in an event, a table, a dead letter or the log.
 */
export function createUsersChannel(config: NotificationsConfig, logger: Logger): Channel {
  const mailer = mailerOf(config)
  const { operatorToken, operatorTokenFile, sendTimeoutMs, usersUrl: url, usersMailsTopic: topic } = config
  // Asking and sending together have as long as the inbox gives a handler.
  const timeoutMs = Math.ceil(sendTimeoutMs / 2)
  const users = { url, timeoutMs, token: () => operatorTokenFile?.() || operatorToken }
  const handler = inboxHandler(userMailRequested.payload, async ({ id, data }) => {
    const mail = await readMail(users, data.mail_id)
    if (mail === undefined)
      return logger.info({ eventId: id }, 'the mail is of no use any more; it is not sent')
    if (!isAddress(mail.to)) throw new InboxError('rejected', 'Its address is not one e-mail address')
    const content = renderUserMail(mail, config.emailLanguage)
    settle(await mailer.send({ id, to: mail.to, ...content }, AbortSignal.timeout(timeoutMs)))
  })
  return {
    name: 'users',
    consumes: { topic, handlers: { [userMailRequested.type]: handler } },
    external: true,
    stop: async () => mailer.close(),
  }
}

function mailerOf({ smtpUrl: url, smtpFrom: from = '', ...config }: NotificationsConfig): Mailer {
  if (url === undefined) return { send: async () => ({ sent: true }), close: () => {} }
  const { sendTimeoutMs: timeoutMs, smtpAllowClearPassword: allowClearPassword } = config
  return createMailer({ url, from, timeoutMs, allowClearPassword, maxConnections })
}

/** What the server says may hold the address, and what is thrown is stored: only its kind is told. */
function settle(outcome: Outcome): void {
  if (outcome.sent) return
  const { reason } = outcome
  if (reason === 'REFUSED' || reason === 'INVALID_ADDRESS')
    throw new InboxError('rejected', `The mail server refuses it: ${reason}`)
  if (reason === 'UNAVAILABLE') throw new InboxError('unavailable', 'The mail server does not take mail now')
  throw new Error(`The mail was not taken: ${reason}`)
}
