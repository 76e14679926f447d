import { type Endpoint, integerParameter } from '@relevo/kit'
import { z } from 'zod'
import { foundEvents, trace } from './eventSchemas.ts'

const text = z.string().min(1).max(1_000)

/** What the pages ask of events. */
export const eventEndpoints = {
  listEvents: {
    method: 'get',
    path: '/console/events',
    summary: 'Recorded events of all outboxes, newest first, and dead letters; how far it was searched',
    access: 'public',
    query: z.strictObject({
      event_id: z.uuid().optional(),
      key: text.optional(),
      type: text.optional(),
      topic: text.optional(),
      correlation_id: text.optional(),
      from: z.iso.datetime().optional(),
      to: z.iso.datetime().optional(),
      cursor: z.string().min(1).max(4_000).optional(),
      limit: integerParameter({ min: 1, max: 100, description: 'How many of each outbox at most' }).default(
        25,
      ),
    }),
    responses: { 200: { description: 'What was found', schema: foundEvents } },
  },
  showTrace: {
    method: 'get',
    path: '/console/trace',
    summary: 'The way of an event, and the events that followed from it, as a tree',
    access: 'public',
    query: z.strictObject({ event_id: z.uuid() }),
    responses: { 200: { description: 'The trace', schema: trace } },
    errors: { 404: 'No outbox has this event' },
  },
} as const satisfies Record<string, Endpoint>
