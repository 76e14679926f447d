import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { notificationsEvents } from './topics.ts'

/** Why an attempt failed, or a notification was given up. */
export const notificationFailures = [
  'REFUSED', // by the receiver's server, permanently
  'DEFERRED', // by the receiver's server, for now
  'ANSWER_LOST', // it was handed over and nobody knows whether it was taken: it may have arrived
  'SIMULATED', // EMAIL_FAILURE_RATE
  'UNAVAILABLE', // the mail server was away for too long; or just for this one
  'EXPIRED', // deliver_before has passed
  'INVALID_ADDRESS',
  'UNKNOWN_TEMPLATE',
  'INVALID_DATA', // the template needs other data
] as const

const event = {
  version: 1,
  topic: notificationsEvents,
  key: ({ notification_id }: { readonly notification_id: string }) => notification_id,
  partitionBy: 'key',
  producer: 'shop-notifications',
  consumers: ['analytics', 'monitor'],
} as const

const about = {
  notification_id: z.uuid(),
  channel: z.enum(['email']),
  template: z.string(),
  order_id: z.uuid().optional(),
  attempt: z.int().min(0).meta({ description: 'Counts from 1, and from 1 again after a redrive' }),
}

const failure = {
  ...about,
  reason: z.enum(notificationFailures),
  detail: z.string().max(500).optional().meta({ description: 'What the mail server said' }),
}

export const notificationSent = defineEvent({
  ...event,
  type: 'NOTIFICATION_SENT',
  summary: 'The mail server has taken a notification; once for each, also when it was dead before',
  payload: z.object({
    ...about,
    doubtful_attempts: z.int().min(0).meta({
      description: 'Attempts before, whose answer was lost: so many copies may have arrived as well',
    }),
  }),
})

export const notificationFailed = defineEvent({
  ...event,
  type: 'NOTIFICATION_FAILED',
  summary: 'An attempt to send a notification has failed, the last one too',
  payload: z.object(failure),
})

export const notificationDead = defineEvent({
  ...event,
  type: 'NOTIFICATION_DEAD',
  summary:
    'A notification was given up, and is in notifications.dlq; again when it is redriven and given up again',
  payload: z.object(failure),
})

export const notificationEvents = [notificationSent, notificationFailed, notificationDead] as const
