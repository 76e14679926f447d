import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { notificationsRequests } from './topics.ts'

/** What a customer can be told, and the last one those who run the shop; each has its texts in `services/notifications`. */
export const shopTemplates = ['order_confirmed', 'order_cancelled', 'system_alert'] as const

export const languages = ['es', 'en'] as const

/** Asks for one message to one person. The service that asks names the notification, so that it can ask again. */
export const notificationRequested = defineEvent({
  type: 'NOTIFICATION_REQUESTED',
  version: 1,
  summary: 'Somebody is to be told something',
  topic: notificationsRequests,
  payload: z.object({
    notification_id: z.uuid(),
    channel: z.enum(['email']),
    template: z
      .string()
      .min(1)
      .max(100)
      .meta({ examples: [...shopTemplates] }),
    to: z.string().min(3).max(320).meta({ description: 'An address of the channel' }),
    language: z.enum(languages).optional().meta({ description: 'Default: that of the service' }),
    data: z
      .record(z.string().max(100), z.json())
      .meta({ description: 'What the template shows', examples: [{ order_number: 'ORD-000017' }] }),
    order_id: z.uuid().optional(),
    customer_id: z
      .string()
      .max(200)
      .optional()
      .meta({ description: 'Whom it is for; of a user: the language and preferences of the profile hold' }),
    deliver_before: z.iso
      .datetime()
      .optional()
      .meta({ description: 'After that it is of no use, and is not sent' }),
  }),
  key: ({ notification_id }) => notification_id,
  partitionBy: 'key',
  // The monitor asks for the mails of its alerts, where ALERT_EMAIL is set.
  producer: 'orders',
  otherProducers: ['monitor'],
  consumers: ['shop-notifications'],
})
