import { defineEvent, type EventContract, type TopicContract } from '@relevo/contracts'
import { z } from 'zod'
import {
  userCreatedTopic,
  userDeletedTopic,
  userDisabledTopic,
  userMails,
  userUpdatedTopic,
} from './topics.ts'

/** A personal field: encrypted with the user's key, bound to user, event and field (docs/adr/0018-personal-data.md). */
const sealed = z
  .string()
  .regex(/^sealed\.v1\.[\w-]+$/)
  .max(2_000)
  .meta({ description: 'Encrypted with the key of the user, which is gone once the user is erased' })

const id = z.uuid()
const user = z.strictObject({ id, name: sealed, email: sealed })
const onlyId = z.strictObject({ id })

const about = {
  version: 1,
  key: (user: { readonly id: string }) => user.id,
  partitionBy: 'key',
  producer: 'users',
  consumers: [] as readonly string[],
} as const

export const userCreated = defineEvent({
  ...about,
  type: 'USER_CREATED',
  summary: 'A user has registered',
  topic: userCreatedTopic,
  payload: user,
  consumers: ['profiles', 'users-notifications'],
})

export const userUpdated = defineEvent({
  ...about,
  type: 'USER_UPDATED',
  summary: 'Name or e-mail address of a user have changed',
  topic: userUpdatedTopic,
  payload: user,
  consumers: ['profiles'],
})

export const userDeleted = defineEvent({
  ...about,
  type: 'USER_DELETED',
  summary: 'A user was erased; what is sealed for this user cannot be opened any more',
  topic: userDeletedTopic,
  payload: onlyId,
  consumers: ['profiles'],
})

export const userDisabled = defineEvent({
  ...about,
  type: 'USER_DISABLED',
  summary: 'A user was disabled: tokens from before are to be refused',
  topic: userDisabledTopic,
  payload: onlyId,
})

export const mailPurposes = ['verify', 'known', 'reset', 'email'] as const

/** No event contains the mail's code: its sender fetches the content by its id. */
export const userMailRequested = defineEvent({
  ...about,
  type: 'USER_MAIL_REQUESTED',
  summary: 'A user is to get a mail, whose content is at GET /mails/{mail_id} of the users',
  topic: userMails as TopicContract,
  key: ({ user_id }: { readonly user_id: string }) => user_id,
  payload: z.strictObject({ mail_id: z.uuid(), user_id: z.uuid(), purpose: z.enum(mailPurposes) }),
  consumers: ['users-notifications'],
})

/** Those that the aggregate's events are published as. */
export const publishedUserEvents = [
  userCreated,
  userUpdated,
  userDeleted,
  userDisabled,
] as readonly EventContract[]
