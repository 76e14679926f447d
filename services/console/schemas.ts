import { z } from 'zod'

// Nothing but zod is imported here: the pages take their types from these.
export const count = z.int().min(0)
export const time = z.iso.datetime()
export const source = z
  .string()
  .max(500)
  .meta({ description: 'A consumer or an outbox, as the board names it' })
export const group = z
  .string()
  .regex(/^[0-9a-f]{12}$/)
  .meta({ description: 'A group of the board' })
export const letterId = { min: 1, max: Number.MAX_SAFE_INTEGER }
export const key = z.string().min(1)

export const session = z.object({
  operator: z.string().nullable().meta({ description: 'Null: whoever it is may look, and no more' }),
  csrf: z.string().nullable().meta({ description: 'For the header x-csrf-token of what changes something' }),
  log_in: z.array(z.enum(['account', 'token'])).meta({
    description:
      'With what one logs in: an account of the users, or the token of operators; with nothing, operators are on this machine',
  }),
  renew_at: time.nullable().meta({ description: 'When to ask again, so that the session goes on' }),
})

export const logInBody = z.union([
  z.strictObject({
    email: z.string().trim().min(1).max(254),
    password: z.string().min(1).max(512).meta({ format: 'password' }),
  }),
  z.strictObject({
    token: z.string().min(1).max(4_096).meta({ description: 'OPERATOR_TOKEN' }),
    name: z.string().trim().min(1).max(100).meta({ description: 'Who it is; actions are noted with it' }),
  }),
])

/** How everything fares, as the monitor and the analytics tell it. */
export const overview = z.object({
  looked_at: time,
  stale: z.boolean().meta({ description: 'Nobody has looked for too long' }),
  services: z.array(
    z.object({
      service: z.string(),
      status: z.enum(['healthy', 'unhealthy', 'down', 'unknown']),
      reason: z.string(),
      since: time,
      response_ms: z.number().nullable(),
      uptime_percent: z.number().nullable(),
    }),
  ),
  outboxes: z.array(
    z.object({
      relay: z.string(),
      name: z.string(),
      oldest_seconds: z.number(),
      events: z.number(),
      lease_age_seconds: z.number(),
      stalled_shards: z.number(),
      quarantined_keys: z.number(),
      held_topics: z.number(),
    }),
  ),
  kafka_reachable: z.boolean().meta({ description: 'False: the figures of Kafka are those of before' }),
  groups: z.array(
    z.object({ group: z.string(), service: z.string(), lag: z.number(), lag_seconds: z.number() }),
  ),
  published_per_second: z.number(),
  alerts: z.array(
    z.object({
      kind: z.string(),
      severity: z.enum(['critical', 'warning']),
      subject: z.string(),
      message: z.string(),
      opened_at: time,
    }),
  ),
  shop: z
    .object({
      since: time,
      created: z.number(),
      confirmed: z.number(),
      cancelled: z.number(),
      revenue: z.object({ currency: z.string(), confirmed: z.number() }),
    })
    .optional()
    .meta({ description: 'Of the window of now; not there without analytics' }),
})

const series = z.array(z.number().nullable())
export const history = z.object({
  kept_from: time.nullable().meta({ description: 'Since when figures are kept; null: none are yet' }),
  step_seconds: z.number(),
  at: z.array(z.number()).meta({ description: 'Seconds since 1970, of each step' }),
  published_per_second: series,
  backlog: series,
  oldest_seconds: series,
  lag: series,
  lag_seconds: series,
})

/** Events that were not delivered, or had no effect, for one reason. */
export const boardGroup = z.object({
  source,
  kind: z.enum(['consumer', 'outbox']),
  group,
  type: z.string().nullable(),
  reason: z
    .string()
    .meta({ description: "Of dead letters their reason, of an outbox the code of Kafka's error" }),
  error: z.string(),
  events: count,
  keys: count.optional().meta({ description: 'Keys that are held back; of an outbox' }),
  first_at: time,
  last_at: time,
})

/** Dead letters that are off the list. */
export const putAway = z.object({
  count,
  groups: z.array(boardGroup),
  silent: z.array(z.string()).meta({ description: 'What could not be asked' }),
})

export const board = z.object({
  looked_at: time,
  overview: overview.nullable().meta({ description: 'Null: there is no monitor, or it does not answer' }),
  events: count,
  groups: z.array(boardGroup),
  silent: z
    .array(z.object({ service: z.string(), reason: z.string() }))
    .meta({ description: 'What could not be asked' }),
})

export const letter = z.object({
  id: count,
  offset: count,
  event_id: z.string().nullable(),
  type: z.string().nullable(),
  key: z.string().nullable(),
  topic: z.string(),
  partition: count,
  reason: z.string(),
  error: z.string(),
  attempts: count,
  state: z.string(),
  group: z.string(),
  dead_at: time,
  note: z.string().nullable().meta({ description: 'Why it was discarded, archived or replaced' }),
  replaced_by: z.string().nullable().meta({ description: 'The event that took its place' }),
})

export const payload = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('json'), text: z.string() }),
    z.object({ kind: z.literal('opaque'), bytes: count }),
    z.object({ kind: z.literal('none') }),
  ])
  .meta({ description: 'Its masked fields say nothing; what is no JSON object or list is not shown' })
export const headers = z.record(z.string(), z.string())
export const content = z.object({ headers, payload })

export const waitingEvent = content.extend({ event_id: z.string(), type: z.string(), recorded_at: time })

/** A shard and a digest: the relay's. */
export const keyCursor = z
  .string()
  .regex(/^\d{1,3}:[0-9a-f]{64}$/)
  .meta({ description: 'The `next_cursor` of the page before' })
export const quarantinedKey = z.object({
  key: z.string(),
  state: z.enum(['retrying', 'quarantined']),
  attempts: count,
  error: z.string(),
  since: time,
  retry_at: time.nullable(),
  event_id: z.string().nullable(),
  type: z.string().nullable(),
  events: count,
})

/** What would be redriven, and what stands in its way. */
export const redrivePreview = z.object({ events: count, keys: count, waiting: count, impossible: count })

/** The event that takes, or would take, the place of a letter. */
export const replacement = z.object({
  event_id: z.string().nullable(),
  type: z.string(),
  key: z.string(),
  waiting: z.number(),
})

export const sagaStatuses = ['running', 'compensating', 'completed', 'compensated', 'givenUp'] as const
export const sagaService = z.string().max(100).meta({ description: 'The service that has it' })
export const listedSaga = z.object({
  service: sagaService,
  id: z.uuid(),
  name: z.string(),
  version: z.number(),
  key: z.string(),
  status: z.enum(sagaStatuses),
  reason: z.string().nullable(),
  step: z.string().nullable().meta({ description: 'What it waits for' }),
  attempt: count.nullable(),
  undo: z.boolean().nullable().meta({ description: 'Is that step being undone?' }),
  due_at: time.nullable(),
  stuck_since: time.nullable(),
  error: z.string().nullable(),
  started_at: time,
  updated_at: time,
  ended_at: time.nullable(),
})

const sagaPlace = { at: time, step: z.string().nullable(), attempt: count.nullable() }
export const sagaLine = z.object({
  ...sagaPlace,
  kind: z.string(),
  undo: z.boolean(),
  detail: z.string().nullable(),
})
export const wholeSaga = listedSaga.extend({
  data: z.string().nullable().meta({ description: 'JSON, masked; null for those who are not logged in' }),
  steps: z.record(z.string(), z.object({ status: z.string(), attempts: count })),
  history: z.array(sagaLine),
  late_replies: z.array(
    z.object({ ...sagaPlace, type: z.string(), event_id: z.uuid(), treatment: z.string() }),
  ),
  waiting: z.array(z.object({ at: time, kind: z.string(), error: z.string().nullable() })),
})

export const action = z.object({
  id: count,
  asked_at: time,
  asked_by: z.string(),
  user_id: z.uuid().nullable().meta({ description: 'Of an account' }),
  deed: z.string(),
  target: z.string(),
  meant: z.record(z.string(), z.union([z.string(), z.number()])),
  note: z.string().nullable(),
  ended_at: time.nullable().meta({ description: 'Null: it is under way, or nobody knows what came of it' }),
  done: count.nullable(),
  problem: z.string().nullable(),
  action_id: z.uuid(),
  total: count.nullable().meta({ description: 'Of one that is done step by step' }),
  progress: count.nullable(),
  abort_asked_by: z.string().nullable(),
})

export const operatorErrors = {
  401: 'Nobody is logged in',
  403: 'Not an operator, or a page that is out of date',
} as const

export const note = z.string().trim().min(1).max(1_000).meta({ description: 'Why' })
export const done = z.object({
  done: count,
  action: z.uuid().optional().meta({ description: 'It is done step by step, and has just begun' }),
})
