import { InboxError, type InboxEvent, inboxHandler } from '@relevo/inbox'
import { openText, PersonalDataError, UserKeys } from '@relevo/kit/personal'
import { userCreated } from '../../../systems/users/userEvents.ts'
import { findPreference } from '../preferences/sql/preferences.ts'
import { renderWelcome } from '../users/renderWelcome.ts'
import { createUserMailer } from '../users/userMailer.ts'
import type { Channel } from './channel.ts'
import type { ChannelParts } from './createChannels.ts'

/**
 * Welcomes who has registered, in the language of the profile, unless the user wants no news of the account. Name and address are
 * opened with the key of the users service as the mail is sent, and kept nowhere.
 */
export function createWelcomeChannel({
  config,
  logger,
  fetch,
}: Pick<ChannelParts, 'config' | 'logger' | 'fetch'>): Channel {
  const mailer = createUserMailer(config)
  const { usersUrl: url, operatorToken, operatorTokenFile } = config
  const keys = new UserKeys({
    url,
    token: () => operatorTokenFile?.() || operatorToken,
    timeoutMs: Math.ceil(config.sendTimeoutMs / 2),
    fetch,
  })
  const handler = inboxHandler(userCreated.payload, async (event, tx) => {
    const { id: eventId, data } = event
    const preference = await findPreference(tx, data.id)
    if (preference?.accountNews === false) return logger.info({ eventId }, 'the user wants no welcome')
    const user = await openUser(keys, event)
    if (user === undefined) return logger.info({ eventId }, 'the user is erased, and is not welcomed')
    const language = preference?.language ?? config.emailLanguage
    await mailer.send({ id: eventId, to: user.email, ...renderWelcome(user.name, language) })
  })
  return {
    name: 'welcome',
    consumes: { topic: config.usersCreatedTopic, handlers: { [userCreated.type]: handler } },
    external: true,
    stop: async () => mailer.close(),
  }
}

type Created = Pick<
  InboxEvent<{ readonly id: string; readonly name: string; readonly email: string }>,
  'id' | 'data'
>

/**
 * Undefined: erased. @throws InboxError `unavailable` while the users service cannot say; `rejected` when what is sealed is of another
 * user or event.
 */
async function openUser(keys: UserKeys, { id: event, data: { id: user, name, email } }: Created) {
  const key = await keys.find(user).catch((cause) => {
    throw new InboxError('unavailable', 'The users cannot be asked for a key now', { cause })
  })
  if (key === undefined) return undefined
  try {
    return {
      name: openText(key, { user, event, field: 'name' }, name),
      email: openText(key, { user, event, field: 'email' }, email),
    }
  } catch (cause) {
    if (!(cause instanceof PersonalDataError)) throw cause
    throw new InboxError('rejected', 'Its fields cannot be opened with the key of its user', { cause })
  }
}
