import { defineApi, type Endpoint, integerParameter, problemDetails } from '@relevo/kit'
import { type QuarantineCommand, quarantineCommands, quarantinePlace, quarantineStates } from '@relevo/relay'
import { z } from 'zod'
import { republishEndpoints } from './republishApi.ts'

const ofOutbox = {
  outbox: z
    .string()
    .optional()
    .meta({ description: 'Its name in GET /outboxes; can be left out where there is but one' }),
}
const outboxQuery = z.strictObject(ofOutbox)
const outboxErrors = { 404: 'No such outbox, or several and none is named' }
const keyErrors = { 404: 'No such key is quarantined, or no such outbox, or several and none is named' }

const filters = {
  topic: z.string().optional().meta({ description: 'Of the rejected event' }),
  type: z.string().optional().meta({ description: 'Of the rejected event' }),
  code: z.string().optional().meta({ description: 'The error code, such as `recordTooLarge`' }),
  eventId: z.uuid().optional().meta({ description: 'Of the rejected event' }),
  keyPrefix: z.string().optional(),
  state: z.enum(quarantineStates).optional(),
}

const pageQuery = z.strictObject({
  limit: integerParameter({ min: 1, max: 1_000, description: 'How many at most' }).default(100),
  after: z
    .string()
    .regex(new RegExp(quarantinePlace))
    .optional()
    .meta({ description: 'The `next` of the page before' }),
  ...ofOutbox,
  ...filters,
})

const bulkQuery = z.strictObject({
  command: z.enum(quarantineCommands),
  ...ofOutbox,
  ...filters,
  all: z
    .literal('true')
    .optional()
    .meta({ description: 'Instead of a filter: every key that waits for an operator' }),
})

const head = z.object({ id: z.number(), eventId: z.uuid(), topic: z.string(), type: z.string() })

const quarantinedKey = z.object({
  shard: z.number(),
  key: z.string(),
  scope: z.enum(['record', 'topic', 'partition']).meta({ description: 'What the error is about' }),
  state: z.enum(quarantineStates),
  attempts: z.number(),
  errorCode: z.string(),
  error: z.string(),
  since: z.iso.datetime(),
  retryAt: z.iso.datetime().nullable(),
  command: z.enum(quarantineCommands).nullable(),
  head: head.nullable().meta({ description: 'The rejected event' }),
  events: z.number().meta({ description: 'Events that wait, the rejected one included' }),
})

const quarantineAnswer = z.object({
  count: z.number(),
  keys: z.array(quarantinedKey),
  next: z.string().optional(),
})

const keyAnswer = z.object({
  key: quarantinedKey,
  events: z.array(
    z.object({
      id: z.number(),
      eventId: z.uuid(),
      topic: z.string(),
      type: z.string(),
      headers: z.string().nullable().meta({ description: 'JSON text' }),
      payload: z.string().meta({ description: 'JSON text' }),
      createdAt: z.iso.datetime(),
      attempts: z.number(),
      error: z.string().nullable(),
    }),
  ),
})

const searchQuery = z.strictObject({
  ...ofOutbox,
  eventId: z.uuid().optional(),
  key: z.string().min(1).optional(),
  type: z.string().min(1).optional(),
  topic: z.string().min(1).optional(),
  correlationId: z.string().min(1).optional(),
  causationId: z.string().min(1).optional(),
  from: z.iso.datetime().optional().meta({ description: 'Recorded then or later' }),
  to: z.iso.datetime().optional().meta({ description: 'Recorded before' }),
  before: integerParameter({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: 'The `next` of the page before',
  }).optional(),
  limit: integerParameter({ min: 1, max: 100, description: 'How many at most' }).default(50),
})

const searchAnswer = z.object({
  count: z.number(),
  events: z.array(
    z.object({
      id: z.number(),
      eventId: z.uuid(),
      topic: z.string(),
      key: z.string(),
      type: z.string(),
      headers: z.string().nullable().meta({ description: 'JSON text' }),
      payload: z.string().nullable().meta({ description: 'JSON text; null above 32 KiB' }),
      payloadBytes: z.number(),
      createdAt: z.iso.datetime(),
      state: z.string().meta({ description: 'P: to be published, X: fails, Q: quarantined, E: published' }),
      attempts: z.number(),
      error: z.string().nullable(),
    }),
  ),
  searchedTo: z.iso.datetime().optional().meta({ description: 'How far back this page has looked' }),
  next: z.number().optional().meta({ description: 'There is more to be searched' }),
})

const commandAnswer = z.object({ key: z.string(), command: z.enum(quarantineCommands) })

const relayStatus = {
  owner: z.string(),
  shards: z.array(z.number()),
  problem: z.string().optional(),
  stalledShards: z.array(z.number()),
  quarantinedKeys: z.number(),
  heldTopics: z
    .array(
      z.object({
        topic: z.string(),
        partition: z.number().meta({ description: '-1: the whole topic' }),
        code: z.string(),
        error: z.string(),
        since: z.iso.datetime(),
        keys: z.number(),
      }),
    )
    .meta({ description: 'What Kafka rejects as a whole; its keys wait and are sent once it is back' }),
  stream: z.object({ reading: z.boolean(), problem: z.string().optional() }).optional().meta({
    description: 'Whether the write-ahead log is read, where the relay is set to do so, or why the table is',
  }),
  loopAgeSeconds: z.number(),
}

const waiting = z.object({ events: z.number(), oldestSeconds: z.number() })
const statusAnswer = z.object({ ...relayStatus, backlog: waiting })

const outboxesAnswer = z.object({
  count: z.number(),
  outboxes: z.array(
    z.object({
      outbox: z.string().meta({ description: 'Its name' }),
      ready: z.boolean().meta({ description: 'Can it be published now?' }),
      ...relayStatus,
      backlog: waiting.optional().meta({ description: 'As of the last look, at most 15 s ago' }),
    }),
  ),
})

const auditAnswer = z.object({
  clean: z.boolean(),
  shards: z.array(
    z.object({
      shard: z.number(),
      recorded: z.number(),
      acknowledged: z.number(),
      quarantined: z.number(),
      difference: z.number(),
    }),
  ),
})

const commandSummaries: Record<QuarantineCommand, string> = {
  redrive: 'Try the events of a quarantined key again, in order',
  skip: 'Leave out the rejected event and go on with those behind it',
  discard: 'Leave out every event that waits for this key',
}

function commandEndpoint<C extends QuarantineCommand>(command: C) {
  return {
    method: 'post',
    path: `/quarantine/:key/${command}`,
    params: z.object({ key: z.string() }),
    query: outboxQuery,
    summary: commandSummaries[command],
    role: 'operator',
    responses: {
      202: { description: 'The relay that holds the key carries it out', schema: commandAnswer },
    },
    errors: keyErrors,
  } as const satisfies Endpoint
}

/** What operators ask a relay. Each relay of an outbox answers for the whole outbox, but for its own status. */
const endpoints = {
  outboxes: {
    method: 'get',
    path: '/outboxes',
    summary: 'Every outbox of this relay: what keeps it from being published, its shards and its backlog',
    responses: { 200: { description: 'The outboxes', schema: outboxesAnswer } },
  },
  status: {
    method: 'get',
    path: '/status',
    query: outboxQuery,
    summary: 'The shards of this relay, what keeps it from working, and the backlog of the outbox',
    responses: { 200: { description: 'The status', schema: statusAnswer } },
    errors: outboxErrors,
  },
  audit: {
    method: 'get',
    path: '/audit',
    query: outboxQuery,
    summary: 'Counts events that are recorded, acknowledged and quarantined, by shard, and compares them',
    responses: { 200: { description: 'The counts', schema: auditAnswer } },
    errors: outboxErrors,
  },
  searchEvents: {
    method: 'get',
    path: '/events',
    role: 'operator',
    summary:
      'Recorded events, newest first; a page looks at 20,000 of them at most and tells how far it came',
    query: searchQuery,
    responses: { 200: { description: 'What was found', schema: searchAnswer } },
    errors: outboxErrors,
  },
  listQuarantine: {
    method: 'get',
    path: '/quarantine',
    summary: 'Keys that are held back because Kafka rejects their oldest event',
    query: pageQuery,
    responses: { 200: { description: 'A page of keys', schema: quarantineAnswer } },
    errors: outboxErrors,
  },
  showQuarantine: {
    method: 'get',
    path: '/quarantine/:key',
    params: z.object({ key: z.string() }),
    query: outboxQuery,
    summary: 'A quarantined key with the first events that wait, whole',
    responses: { 200: { description: 'The key and its events', schema: keyAnswer } },
    errors: keyErrors,
  },
  commandQuarantine: {
    method: 'post',
    path: '/quarantine',
    role: 'operator',
    summary:
      'Redrive, skip or discard every key that matches; without `state`, those that wait for an operator',
    query: bulkQuery,
    responses: {
      202: {
        description: 'The relays that hold the keys carry it out',
        schema: z.object({ keys: z.number() }),
      },
    },
    errors: outboxErrors,
  },
  redrive: commandEndpoint('redrive'),
  skip: commandEndpoint('skip'),
  discard: commandEndpoint('discard'),
  ...republishEndpoints(outboxQuery, outboxErrors),
} as const satisfies Record<string, Endpoint>

export const api = defineApi({ title: 'Relevo relay', version: '0.1.0', errors: problemDetails, endpoints })

export type Endpoints = typeof endpoints
