import { defineApi, type Endpoint, integerParameter, problemDetails } from '@relevo/kit'
import { type QuarantineCommand, quarantineCommands } from '@relevo/relay'
import { z } from 'zod'

const mostShards = 32_767

const pageQuery = z.strictObject({
  limit: integerParameter({ min: 1, max: 1_000, description: 'How many at most' }).default(100),
  after: z
    .string()
    .regex(/^\d{1,5}:/)
    .refine((text) => Number.parseInt(text, 10) <= mostShards)
    .transform((text) => {
      const colon = text.indexOf(':')
      return { shard: Number(text.slice(0, colon)), key: text.slice(colon + 1) }
    })
    .optional()
    .meta({ description: 'The `next` of the page before' }),
})

const head = z.object({ id: z.number(), eventId: z.uuid(), topic: z.string(), type: z.string() })

const quarantineAnswer = z.object({
  count: z.number(),
  keys: z.array(
    z.object({
      shard: z.number(),
      key: z.string(),
      state: z.enum(['retrying', 'quarantined']),
      attempts: z.number(),
      errorCode: z.string(),
      error: z.string(),
      since: z.iso.datetime(),
      retryAt: z.iso.datetime().nullable(),
      command: z.enum(quarantineCommands).nullable(),
      head: head.nullable().meta({ description: 'The refused event' }),
      events: z.number().meta({ description: 'Events that wait, the refused one included' }),
    }),
  ),
  next: z.string().optional(),
})

const commandAnswer = z.object({ key: z.string(), command: z.enum(quarantineCommands) })

const statusAnswer = z.object({
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
  backlog: z.object({ events: z.number(), oldestSeconds: z.number() }),
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
  skip: 'Leave out the refused event and go on with those behind it',
  discard: 'Leave out every event that waits for this key',
}

function commandEndpoint<C extends QuarantineCommand>(command: C) {
  return {
    method: 'post',
    path: `/quarantine/:key/${command}`,
    params: z.object({ key: z.string() }),
    summary: commandSummaries[command],
    responses: {
      202: { description: 'The relay that holds the key carries it out', schema: commandAnswer },
    },
    errors: { 404: 'No such key is quarantined' },
  } as const satisfies Endpoint
}

/** What operators ask a relay. Each relay of an outbox answers for the whole outbox, but for its own status. */
const endpoints = {
  status: {
    method: 'get',
    path: '/status',
    summary: 'The shards of this relay, what keeps it from working, and the backlog of the outbox',
    responses: { 200: { description: 'The status', schema: statusAnswer } },
  },
  audit: {
    method: 'get',
    path: '/audit',
    summary: 'Counts events that are recorded, acknowledged and quarantined, by shard, and compares them',
    responses: { 200: { description: 'The counts', schema: auditAnswer } },
  },
  listQuarantine: {
    method: 'get',
    path: '/quarantine',
    summary: 'Keys that are held back because Kafka refuses their oldest event',
    query: pageQuery,
    responses: { 200: { description: 'A page of keys', schema: quarantineAnswer } },
  },
  redrive: commandEndpoint('redrive'),
  skip: commandEndpoint('skip'),
  discard: commandEndpoint('discard'),
} as const satisfies Record<string, Endpoint>

export const api = defineApi({ title: 'Relevo relay', version: '0.1.0', errors: problemDetails, endpoints })

export type Endpoints = typeof endpoints
