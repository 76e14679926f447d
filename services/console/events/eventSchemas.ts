import { z } from 'zod'

// Nothing but zod is imported here: the pages take their types from these.
const count = z.int().min(0)
const time = z.iso.datetime()
const content = z
  .object({
    headers: z.record(z.string(), z.string()),
    payload: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('json'), text: z.string() }),
      z.object({ kind: z.literal('opaque'), bytes: count }),
      z.object({ kind: z.literal('none') }),
    ]),
  })
  .nullable()
  .meta({ description: 'Masked; null for those who are not logged in' })

const outboxEvent = z.object({
  outbox: z.string(),
  event_id: z.uuid(),
  type: z.string(),
  key: z.string(),
  topic: z.string(),
  recorded_at: time,
  state: z.enum(['waiting', 'failing', 'published']),
  attempts: count,
  error: z.string().nullable(),
  correlation_id: z.string().nullable(),
  causation_id: z.string().nullable(),
  trace_url: z.string().nullable().meta({ description: 'Its OpenTelemetry trace, where that was sampled' }),
  content,
})
export type OutboxEventShown = z.output<typeof outboxEvent>

const foundLetter = z.object({
  source: z.string(),
  group: z.string(),
  event_id: z.string().nullable(),
  type: z.string().nullable(),
  key: z.string().nullable(),
  state: z.string(),
  error: z.string(),
  dead_at: time,
})

export const foundEvents = z.object({
  events: z.array(outboxEvent),
  dead_letters: z.array(foundLetter),
  searched: z
    .array(z.object({ outbox: z.string(), to: time.nullable(), more: z.boolean() }))
    .meta({ description: 'How far back each outbox was searched, and whether there is more of it' }),
  silent: z.array(z.string()).meta({ description: 'Services that could not be asked' }),
  next_cursor: z.string().optional(),
})
export type FoundEvents = z.output<typeof foundEvents>

const consumption = z.object({
  service: z.string(),
  consumer: z.string(),
  state: z.enum(['processed', 'held', 'dead', 'redriven', 'discarded', 'archived']),
  at: time,
  attempts: count.nullable(),
  error: z.string().nullable(),
})
export type ConsumptionShown = z.output<typeof consumption>

const published = z
  .object({ partition: count, offset: count, at: time, after_ms: z.int() })
  .nullable()
  .meta({ description: 'Where it is in Kafka; null: it is not there (any more), or was not found in time' })

const tracedEvent = outboxEvent.extend({ published, consumed: z.array(consumption) })
export type TracedEvent = z.output<typeof tracedEvent>

export const trace = z.object({
  events: z
    .array(tracedEvent)
    .meta({ description: 'The event first, then those that followed: each has its cause in `causation_id`' }),
  stopped: z
    .enum(['end', 'events', 'time'])
    .meta({ description: '`end`: it is whole; else the bound that ended it' }),
  silent: z
    .array(z.string())
    .meta({ description: 'Services that could not be asked, and Kafka when it could not' }),
})
export type Trace = z.output<typeof trace>
