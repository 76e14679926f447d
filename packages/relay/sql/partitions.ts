import { RelayError } from '../relayError.ts'
import { inTransaction, query, type SqlClient } from '../sqlClient.ts'

const ensureSql = 'select outbox.ensure_partitions($1) as made'

/** Makes the partitions from yesterday to so many days ahead. Errors: pg's, as of all functions here. */
export async function ensurePartitions(client: SqlClient, aheadDays: number): Promise<void> {
  await query(client, { name: 'relevo_ensure', text: ensureSql }, [aheadDays])
}

const retentionTimeSql = `
select trusted - make_interval(days => $1) as before, clock - trusted > interval '1 day' as lags, trusted, clock
from outbox.retention_time()`

export interface RetentionTime {
  /** Published events from before then may go. */
  readonly before: Date
  /** After the clock jumped ahead, retention counts from an earlier time. */
  readonly lags: boolean
  readonly trusted: Date
  readonly clock: Date
}

/** To be called once in each round. */
export async function readRetentionTime(client: SqlClient, retentionDays: number): Promise<RetentionTime> {
  const statement = { name: 'relevo_retention', text: retentionTimeSql }
  const [time] = await query<RetentionTime>(client, statement, [retentionDays])
  if (!time) throw new RelayError('notMigrated', 'The row of outbox.setting is missing. Run the migrations.')
  return time
}

/** The daily ones, the oldest first, with whether their day had ended by then. */
const readPartitionsSql = `
select c.relname as name,
  to_date(substring(c.relname from 'event_([0-9]{8})$'), 'YYYYMMDD') + 1 <= ($1::timestamptz at time zone 'UTC')::date
    as expired
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'outbox.event'::regclass and c.relname ~ '^event_[0-9]{8}$'
order by c.relname`

export interface PartitionRow {
  readonly name: string
  readonly expired: boolean
}

export function readPartitions(client: SqlClient, before: Date): Promise<PartitionRow[]> {
  return query(client, { name: 'relevo_partitions', text: readPartitionsSql }, [before])
}

const lockSql = 'select pg_try_advisory_lock(1919247994, 0) as mine'

/** One relay at a time keeps the partitions; the lock goes with the session. @returns whether this one has it. */
export async function lockMaintenance(client: SqlClient): Promise<boolean> {
  const [lock] = await query<{ mine: boolean }>(client, { name: 'relevo_maintain', text: lockSql })
  return lock?.mine ?? false
}

const unlockSql = 'select pg_advisory_unlock(1919247994, 0)'

export async function unlockMaintenance(client: SqlClient): Promise<void> {
  await query(client, { name: 'relevo_unmaintain', text: unlockSql })
}

/** Is there an event in the partition that is neither published nor in the quarantine? Its name came from a function here. */
export async function hasUnpublished(client: SqlClient, name: string): Promise<boolean> {
  const { rows } = await client.query(`
    select exists (
      select from outbox.${name} e join outbox.cursor c on c.shard = e.shard
      where not outbox.is_published(c, e.xid, e.id)
    ) as unpublished`)
  return rows[0]?.unpublished
}

const detachSql = 'select outbox.detach_partition($1) as detached'

/** @returns false when the table is in use for longer than its writers may wait. */
export async function detachPartition(client: SqlClient, name: string): Promise<boolean> {
  const [row] = await query<{ detached: boolean }>(client, { name: 'relevo_detach', text: detachSql }, [name])
  return row?.detached ?? false
}

const readDetachedSql = `
select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'outbox' and c.relkind = 'r' and not c.relispartition and c.relname ~ '^event_[0-9]{8}$'
order by c.relname`

/** Detached partitions that were not dropped, the oldest first: the relay may have been interrupted in between. */
export async function readDetached(client: SqlClient): Promise<string[]> {
  const rows = await query<{ name: string }>(client, { name: 'relevo_detached', text: readDetachedSql })
  return rows.map(({ name }) => name)
}

const countDroppedSql = (name: string) => `
update outbox.stored_cursor p set dropped = p.dropped + n.events
from (select shard, count(*) as events from outbox.${name} group by shard) n where n.shard = p.shard`

/** Those that the audit has counted for good. */
const uncountSql = (name: string) => `
update outbox.audited a set events = a.events - n.events
from (
  select shard, count(*) as events from outbox.${name} e join outbox.audited a using (shard)
  where pg_visible_in_snapshot(e.xid, a.as_of) group by shard
) n where n.shard = a.shard`

/** Moves the events of a detached partition, to which nobody writes any more, to the dropped ones, and drops it. */
export function countAndDrop(client: SqlClient, name: string): Promise<void> {
  return inTransaction(client, async () => {
    // Against an audit that counts for good meanwhile.
    await client.query('lock table outbox.audited in exclusive mode')
    await client.query(countDroppedSql(name))
    await client.query(uncountSql(name))
    await client.query('select outbox.drop_detached($1)', [name])
  })
}

const trimSql = 'select outbox.trim_default($1) as events'

/** Deletes a batch of expired events from the default partition. @returns how many. */
export async function trimDefault(client: SqlClient, before: Date): Promise<number> {
  const [row] = await query<{ events: number }>(client, { name: 'relevo_trim', text: trimSql }, [before])
  return row?.events ?? 0
}

const dropResolvedSql = `delete from outbox.quarantined_event where resolved_at < $1`

/** Forgets events that an operator skipped or discarded before then. */
export async function dropResolved(client: SqlClient, before: Date): Promise<void> {
  await query(client, { name: 'relevo_resolved', text: dropResolvedSql }, [before])
}
