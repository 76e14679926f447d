import { deadLetterReasons } from '@relevo/inbox'
import { createOpenApi, type Endpoint } from '@relevo/kit'
import { z } from 'zod'
import { channelNames } from './channels/channel.ts'
import { deadLettersQuery } from './deadLetters.ts'

const count = z.int().min(0)
const time = z.iso.datetime()
const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  request_id: z.string(),
})
const refused = { description: 'The request is not valid', schema: problem }
const unknown = { description: 'There is no such channel or dead letter', schema: problem }
const unavailable = { description: 'The database cannot be reached', schema: problem }

const channel = z.object({
  channel: z.enum(channelNames),
  group_id: z.string(),
  problem: z.string().nullable().meta({ description: 'Why it passes nothing on just now' }),
  lag: count.nullable().meta({
    description: 'Records of the topic that the group has not taken; null when Kafka does not answer',
  }),
  processed: count.meta({ description: 'By this process since it started, as the other numbers' }),
  duplicates: count,
  retries: count,
  held: count.meta({ description: 'Events that wait for another try, or behind one' }),
  dead_letters: count,
  last_processed_at: time.optional(),
})

const deadLetter = z.object({
  offset: count,
  event_id: z.uuid().nullable(),
  type: z.string().nullable(),
  topic: z.string(),
  partition: count,
  reason: z.enum(deadLetterReasons),
  error: z.string(),
  attempts: count,
  dead_at: time,
})

/** The endpoints of the notifications. */
export const endpoints = {
  channels: {
    method: 'get',
    path: '/channels',
    summary: 'What each channel has done, and what is left',
    responses: {
      200: { description: 'The channels', schema: z.object({ channels: z.array(channel) }) },
      503: unavailable,
    },
  },
  listDeadLetters: {
    method: 'get',
    path: '/channels/:channel/dead-letters',
    summary: 'Events that a channel gave up, the newest first',
    query: deadLettersQuery,
    responses: {
      200: { description: 'Dead letters', schema: z.object({ count, dead_letters: z.array(deadLetter) }) },
      400: refused,
      404: unknown,
      503: unavailable,
    },
  },
  redriveAll: {
    method: 'post',
    path: '/channels/:channel/dead-letters/redrive',
    summary: 'Gives every dead letter of a channel new tries',
    responses: {
      202: { description: 'So many are tried again', schema: z.object({ redriven: count }) },
      404: unknown,
      503: unavailable,
    },
  },
  redrive: {
    method: 'post',
    path: '/channels/:channel/dead-letters/:eventId/redrive',
    summary: 'Gives a dead letter of a channel new tries',
    responses: {
      202: { description: 'It is tried again', schema: z.object({ redriven: z.literal(1) }) },
      400: refused,
      404: unknown,
      503: unavailable,
    },
  },
} as const satisfies Record<string, Endpoint>

export const openapi = createOpenApi(
  { title: 'Relevo notifications', version: '1.0.0' },
  Object.values(endpoints),
)
