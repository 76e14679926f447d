import { quarantineCommands } from '@relevo/relay'
import { z } from 'zod'

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z
    .string()
    .regex(/^\d{1,5}:/)
    .optional()
    .meta({ description: 'The `next` of the page before' }),
})

const head = z.object({ id: z.number(), eventId: z.uuid(), topic: z.string(), type: z.string() })

export const quarantineAnswer = z.object({
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

export const commandAnswer = z.object({ key: z.string(), command: z.enum(quarantineCommands) })

export const statusAnswer = z.object({
  owner: z.string(),
  shards: z.array(z.number()),
  problem: z.string().optional(),
  stalledShards: z.array(z.number()),
  quarantinedKeys: z.number(),
  loopAgeSeconds: z.number(),
  backlog: z.object({ events: z.number(), oldestSeconds: z.number() }),
})

export const auditAnswer = z.object({
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
