import { inboxHandler } from '@relevo/inbox'
import { userMailRequested } from '../../../systems/users/userEvents.ts'
import { findPreference } from '../preferences/sql/preferences.ts'
import { readMail } from '../users/readMail.ts'
import { renderUserMail } from '../users/renderUserMail.ts'
import { createUserMailer } from '../users/userMailer.ts'
import type { Channel } from './channel.ts'
import type { ChannelParts } from './createChannels.ts'

/**
 * Sends users the mails that the users' service has recorded. What a mail says is asked for as it is sent and is kept nowhere: neither
 * an address nor a code is in an event, a table, a dead letter or the log. They secure an account: no preference switches them off.
 */
export function createUsersChannel({
  config,
  logger,
  fetch,
}: Pick<ChannelParts, 'config' | 'logger' | 'fetch'>): Channel {
  const mailer = createUserMailer(config)
  const { operatorToken, operatorTokenFile, sendTimeoutMs, usersUrl: url, usersMailsTopic: topic } = config
  // Asking and sending together have as long as the inbox gives a handler.
  const timeoutMs = Math.ceil(sendTimeoutMs / 2)
  const users = { url, timeoutMs, fetch, token: () => operatorTokenFile?.() || operatorToken }
  const handler = inboxHandler(userMailRequested.payload, async ({ id, data }, tx) => {
    const mail = await readMail(users, data.mail_id)
    if (mail === undefined)
      return logger.info({ eventId: id }, 'the mail is of no use any more; it is not sent')
    const language = (await findPreference(tx, data.user_id))?.language ?? config.emailLanguage
    await mailer.send({ id, to: mail.to, ...renderUserMail(mail, language) })
  })
  return {
    name: 'users',
    consumes: { topic, handlers: { [userMailRequested.type]: handler } },
    external: true,
    stop: async () => mailer.close(),
  }
}
