import { defineApi, pageAnswer, pageQuery, problemDetails } from '@relevo/kit'
import { consumerStats, consumptionEndpoint, deadLetterEndpoints } from '@relevo/kit/consumer'
import { z } from 'zod'
import { notificationFailures } from '../../systems/shop/notificationEvents.ts'
import { channelNames } from './channels/channel.ts'

const channel = z.object({
  channel: z.enum(channelNames),
  problem: z.string().nullable().meta({ description: 'Why it passes nothing on just now' }),
  ...consumerStats('en'),
})

const deadLetters = deadLetterEndpoints('en', {
  prefix: '/channels/:channel',
  params: { channel: z.string().meta({ description: 'The name of a channel that this process has' }) },
  unknown: 'There is no such channel.',
})

const states = ['queued', 'sending', 'unknown', 'sent', 'dead', 'skipped'] as const
const count = z.int().min(0)
const time = z.iso.datetime()

const notification = z.object({
  id: z.int().positive().meta({ description: 'Its number, by which the list is ordered' }),
  notification_id: z.uuid(),
  event_id: z.uuid().meta({ description: 'Of its request; its Message-ID begins with it' }),
  channel: z.string(),
  template: z.string(),
  to: z.string(),
  order_id: z.uuid().nullable(),
  state: z.enum(states).meta({
    description:
      'unknown: handed over, and the answer was lost; it is sent again. skipped: its user wants none of the kind',
  }),
  attempts: count.meta({ description: 'Since it was requested or redriven' }),
  doubtful_attempts: count.meta({ description: 'Attempts whose answer was lost: each may have arrived' }),
  redrives: count,
  reason: z.enum(notificationFailures).nullable().meta({ description: 'Why the last attempt failed' }),
  detail: z.string().nullable(),
  deliver_before: time.nullable(),
  next_attempt_at: time.nullable(),
  created_at: time,
  ended_at: time.nullable(),
})

const filter = {
  template: z.string().max(100).optional(),
  order_id: z.uuid().optional(),
}
const late = z
  .enum(['true', 'false'])
  .optional()
  .meta({ description: 'true: also what is past its deliver_before, which does not hold any more then' })
const byId = z.object({ id: z.uuid().meta({ description: 'Of the notification' }) })
const redriven = {
  202: {
    description: 'They have new attempts',
    schema: z.object({ success: z.literal(true), redriven: count }),
  },
}

const summary = z.object({
  accepted: count,
  sent: count,
  skipped: count.meta({ description: 'Their users have switched such mails off' }),
  sent_doubtful: count.meta({
    description: 'Of those sent: copies of an earlier attempt may have arrived too',
  }),
  answers_lost: count,
  redrives: count,
  oldest_open_seconds: z
    .number()
    .nullable()
    .meta({ description: 'Since the oldest that is neither sent nor dead' }),
  open: z.record(z.string(), count).meta({ description: 'By state, without those that are sent' }),
  dead_by_reason: z.record(z.string(), count),
})

/** The endpoints of the notifications. */
export const api = defineApi({
  title: 'Relevo notifications',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    channels: {
      method: 'get',
      path: '/channels',
      summary: 'What each channel has done, and what is left',
      responses: {
        200: { description: 'The channels', schema: z.object({ channels: z.array(channel) }) },
      },
    },
    listNotifications: {
      method: 'get',
      path: '/notifications',
      summary: 'The e-mails that were asked for, the newest first',
      query: pageQuery('en').extend({ state: z.enum(states).optional(), ...filter }),
      responses: {
        200: { description: 'A page', schema: pageAnswer('en', 'notifications', notification) },
      },
    },
    summarizeNotifications: {
      method: 'get',
      path: '/notifications/stats',
      summary: 'How many were sent, are open, or were given up, and why',
      responses: { 200: { description: 'The numbers', schema: summary } },
    },
    redriveNotifications: {
      method: 'post',
      path: '/notifications/redrive',
      summary:
        'Gives those that were given up new attempts, under their own ids; at least one filter, or all=true',
      role: 'operator',
      query: z.strictObject({
        ...filter,
        reason: z.enum(notificationFailures).optional(),
        all: z.literal('true').optional(),
        late,
      }),
      responses: redriven,
    },
    redriveNotification: {
      method: 'post',
      path: '/notifications/:id/redrive',
      summary: 'Gives one that was given up new attempts, under its own id',
      role: 'operator',
      params: byId,
      query: z.strictObject({ late }),
      responses: redriven,
      errors: { 404: 'There is no such notification', 409: 'It was not given up, or its time is over' },
    },
    showNotification: {
      method: 'get',
      path: '/notifications/:id',
      summary: 'One of them',
      params: byId,
      responses: { 200: { description: 'The notification', schema: notification } },
      errors: { 404: 'There is no such notification' },
    },
    ...consumptionEndpoint('en'),
    ...deadLetters,
  },
})

export type Endpoints = typeof api.endpoints
