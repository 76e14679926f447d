import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { languages } from '../shop/notificationRequests.ts'
import { profileUpdatedTopic } from './topics.ts'

export const profileLanguages = languages

/** What a user may switch off. Mails without which an account cannot be used, or money is unaccounted for, are none of it. */
export const preferenceNames = ['order_updates', 'account_news'] as const

export const profileFields = ['name', 'email', 'address', 'phone', 'language', 'notifications'] as const

export const preferences = z.strictObject({
  order_updates: z.boolean().meta({ description: 'Mails about orders that go as they should' }),
  account_news: z
    .boolean()
    .meta({ description: 'Mails about the account that nobody needs, as the welcome' }),
})

/** What has changed, and what others act upon; nothing personal is in it. */
export const profileUpdated = defineEvent({
  type: 'PROFILE_UPDATED',
  version: 1,
  summary: 'A profile was made, changed or deleted, or its user was erased',
  topic: profileUpdatedTopic,
  payload: z.strictObject({
    id: z.uuid().meta({ description: 'Of the user' }),
    version: z.int().positive().meta({ description: 'Of the profile; the ETag of GET /profiles/{id}' }),
    change: z.enum(['created', 'changed', 'deleted', 'erased']),
    fields: z
      .array(z.enum(profileFields))
      .max(profileFields.length)
      .meta({ description: 'That have another value' }),
    language: z.enum(languages).nullable().meta({ description: 'Null: there is no profile any more' }),
    notifications: preferences.nullable().meta({ description: 'Null: there is no profile any more' }),
  }),
  key: ({ id }) => id,
  partitionBy: 'key',
  producer: 'profiles',
  consumers: ['users-notifications'],
})
