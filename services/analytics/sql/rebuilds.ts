import type { PartitionOffsets } from '@relevo/kafka'
import type { SqlClient } from '@relevo/kit'

const requestSql = `
insert into rebuild default values on conflict ((true)) where ended_at is null do nothing returning id`

/** Asks for a rebuild; undefined when one is under way. */
export async function requestRebuild(client: SqlClient): Promise<string | undefined> {
  return (await client.query<{ id: string }>(requestSql)).rows[0]?.id
}

const claimSql = `
update rebuild set owner = $1, owned_until = clock_timestamp() + make_interval(secs => $2)
where ended_at is null and (owner = $1 or owner is null or owned_until < clock_timestamp())
returning id`

/** Takes the rebuild that is under way, or keeps it; undefined when there is none, or another process is at it. */
export async function claimRebuild(
  client: SqlClient,
  owner: string,
  leaseSeconds: number,
): Promise<string | undefined> {
  return (await client.query<{ id: string }>(claimSql, [owner, leaseSeconds])).rows[0]?.id
}

const planSql = `
insert into rebuild_partition (rebuild_id, topic, partition, start_offset, next_offset, end_offset)
select $1, topic, partition, start_offset, start_offset, end_offset
from unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[]) as p (topic, partition, start_offset, end_offset)
on conflict do nothing`

/** Notes what a rebuild reads; what was noted before stays. */
export async function planRebuild(
  client: SqlClient,
  id: string,
  offsets: readonly PartitionOffsets[],
): Promise<void> {
  await client.query(planSql, [
    id,
    offsets.map(({ topic }) => topic),
    offsets.map(({ partition }) => partition),
    offsets.map(({ start }) => String(start)),
    offsets.map(({ end }) => String(end)),
  ])
}

const partitionsSql = `
select topic, partition, start_offset::text as start, next_offset::text as next, end_offset::text as end
from rebuild_partition where rebuild_id = $1 order by topic, partition`

export interface RebuildPartition {
  readonly topic: string
  readonly partition: number
  readonly start: bigint
  readonly next: bigint
  readonly end: bigint
}

/** How far a rebuild is in each partition. */
export async function listRebuildPartitions(client: SqlClient, id: string): Promise<RebuildPartition[]> {
  type Row = { topic: string; partition: number; start: string; next: string; end: string }
  const { rows } = await client.query<Row>(partitionsSql, [id])
  return rows.map(({ topic, partition, start, next, end }) => {
    return { topic, partition, start: BigInt(start), next: BigInt(next), end: BigInt(end) }
  })
}

const advanceSql = `
with moved as (
  update rebuild_partition set next_offset = $4
  where rebuild_id = $1 and topic = $2 and partition = $3 and next_offset = $5 returning 1
)
update rebuild set added = added + $6, corrected = corrected + $7, rejected = rejected + $8, error = null
where id = $1 and exists (select from moved)`

export interface Advance {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly next: bigint
  readonly added: number
  readonly corrected: number
  /** Records that do not count. */
  readonly rejected: number
}

/** Notes that a rebuild has read on; false when another process has. */
export async function advanceRebuild(client: SqlClient, id: string, advance: Advance): Promise<boolean> {
  const { topic, partition, from, next, added, corrected, rejected } = advance
  const values = [id, topic, partition, String(next), String(from), added, corrected, rejected]
  return (await client.query(advanceSql, values)).rowCount === 1
}

const endSql = `
update rebuild r set ended_at = clock_timestamp(), error = null, kept = (
  select count(*) from contribution c where not exists (select from rebuild_partition p
    where p.rebuild_id = r.id and p.topic = c.topic and p.partition = c.partition
      and c.kafka_offset >= p.start_offset)
)
where id = $1`

/** Ends a rebuild, and counts the contributions whose records Kafka does not have any more. */
export async function endRebuild(client: SqlClient, id: string): Promise<void> {
  await client.query(endSql, [id])
}

const failSql = 'update rebuild set error = $2 where id = $1 and ended_at is null'

/** Notes why a rebuild cannot go on just now. */
export async function noteRebuildError(client: SqlClient, id: string, error: string): Promise<void> {
  await client.query(failSql, [id, error])
}

const readSql = `
select id, requested_at, ended_at, error, added::float8, corrected::float8, rejected::float8, kept::float8,
  coalesce((select sum(next_offset - start_offset) from rebuild_partition where rebuild_id = r.id), 0)::float8 as read,
  (select sum(end_offset - start_offset) from rebuild_partition where rebuild_id = r.id)::float8 as records
from rebuild r order by r.id desc limit 1`

/** The rebuild that was asked for last. */
export interface Rebuild {
  readonly id: string
  readonly requested_at: Date
  readonly ended_at: Date | null
  readonly error: string | null
  readonly added: number
  readonly corrected: number
  readonly rejected: number
  readonly kept: number | null
  readonly read: number
  /** Null until it is known what there is to read. */
  readonly records: number | null
}

export async function readLastRebuild(client: SqlClient): Promise<Rebuild | undefined> {
  return (await client.query<Rebuild>(readSql)).rows[0]
}
