import type { SqlClient } from './sqlClient.ts'

/** A canary that takes effect. */
export interface CanaryFact {
  readonly outbox: string
  readonly shard: number
  readonly recordedAt: Date
}

// Of an outbox whose clock was ahead: the next one would be older, and not be noted.
const storeSql = `
insert into canary as c (outbox, shard, recorded_at, effect_at)
select outbox, shard, least(max(recorded_at), clock_timestamp()), clock_timestamp()
from unnest($1::text[], $2::integer[], $3::timestamptz[]) as e (outbox, shard, recorded_at)
group by outbox, shard order by outbox, shard
on conflict (outbox, shard) do update set recorded_at = excluded.recorded_at, effect_at = excluded.effect_at
  where excluded.recorded_at > c.recorded_at`

/** Notes the newest canary of each shard. */
export async function storeCanaries(client: SqlClient, facts: readonly CanaryFact[]): Promise<void> {
  await client.query(storeSql, [
    facts.map(({ outbox }) => outbox),
    facts.map(({ shard }) => shard),
    facts.map(({ recordedAt }) => recordedAt),
  ])
}

/** The newest canary of a shard that took effect. */
export interface StoredCanary {
  readonly outbox: string
  readonly shard: number
  /** How long ago it was recorded. */
  readonly ageSeconds: number
}

// An outbox that is no longer relayed is forgotten after a day.
const readSql = `
select outbox, shard,
  greatest(0, extract(epoch from clock_timestamp() - recorded_at))::float8 as "ageSeconds"
from canary where effect_at > clock_timestamp() - interval '1 day' order by outbox, shard`

export async function readCanaries(client: SqlClient): Promise<StoredCanary[]> {
  return (await client.query<StoredCanary>(readSql)).rows
}
