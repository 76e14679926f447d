import { z } from 'zod'

// Nothing but zod is imported here: the pages take their types from these.
const count = z.number()

const shardAudit = z.object({
  shard: count,
  recorded: count.meta({ description: 'Events behind the cursor, counted in the table' }),
  acknowledged: count.meta({ description: 'Events counted when Kafka acknowledged them' }),
  quarantined: count,
  difference: count.meta({
    description: 'recorded - acknowledged - quarantined. Above 0, so many may be missing in Kafka',
  }),
})
export type ShardAudit = z.output<typeof shardAudit>

/** As a relay answers it. */
export const relayAudit = z.object({ clean: z.boolean(), shards: z.array(shardAudit) })

export const audit = z.object({
  audited_at: z.iso.datetime(),
  outboxes: z.array(relayAudit.extend({ outbox: z.string() })),
  silent: z.array(z.string()).meta({ description: 'What could not be asked: nobody knows its counts' }),
})
export type AuditState = z.output<typeof audit>
