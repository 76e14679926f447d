import { query, queryArrays, type SqlClient } from '../sqlClient.ts'
import { fence, findCursor } from './findCursor.ts'
import { type EventRow, eventColumns } from './readEvents.ts'

const openSql = `
select s.request::text, s.shard, s.last_id::text, s.end_id::text, r.settle
from outbox.republish_shard s join outbox.republish r on r.id = s.request
where s.done_at is null and s.shard = any($1::smallint[])
order by s.request, s.shard limit 256`

export interface OpenShardRow {
  readonly request: string
  readonly shard: number
  readonly last_id: string
  readonly end_id: string
  readonly settle: boolean
}

/** What these shards are still to publish again, the oldest request first. Errors: pg's, as of all functions here. */
export function readOpenShards(client: SqlClient, shards: readonly number[]): Promise<OpenShardRow[]> {
  return query(client, { name: 'relevo_republish_open', text: openSql }, [shards])
}

/**
 * Of the events above id $1 and up to id $2 in shard $3, those of request $4; at most $5, up to the one that passes $6 bytes. Payloads become text outside of the cut, as in a window's page.
 */
const pageSql = `
select ${eventColumns}, case when total >= $6::bigint then true end
from (
  select e.*, sum(e.payload_bytes + 200) over (order by e.id rows unbounded preceding) as total
  from (
    select e.* from outbox.republish r join outbox.republish_shard s on s.request = r.id
    join outbox.event e on e.id > $1::bigint and e.id <= $2::bigint and e.shard = s.shard
    where r.id = $4::bigint and s.shard = $3::smallint
      and (pg_visible_in_snapshot(e.xid, s.published) or (
        s.target is not null and e.id <= s.target_id and pg_visible_in_snapshot(e.xid, s.target)))
      and (r.from_time is null or e.created_at >= r.from_time) and (r.to_time is null or e.created_at < r.to_time)
      and (r.event_ids is null or e.event_id = any(r.event_ids)) and (r.keys is null or e.key = any(r.keys))
      and (r.topic is null or e.topic = r.topic)
      and not exists (select from outbox.quarantined_event q where q.id = e.id)
    order by e.id limit $5::integer
  ) e
) e
where total - payload_bytes - 200 < $6::bigint
order by e.id`

export interface RepublishPage {
  readonly request: string
  readonly shard: number
  readonly afterId: number
  readonly toId: number
  readonly rows: number
  readonly bytes: number
}

export function readRepublishPage(client: SqlClient, page: RepublishPage): Promise<EventRow[]> {
  const { afterId, toId, shard, request, rows, bytes } = page
  const values = [afterId, toId, shard, request, rows, bytes]
  return queryArrays<EventRow>(client, { name: 'relevo_republish_page', text: pageSql }, values)
}

/** Stores how far request $3 has got in shard $1, if its lease has the epoch $2 and the request was not aborted. */
const stored = `
stored as (
  update outbox.republish_shard s set last_id = $4::bigint, sent = s.sent + $5::integer,
    rejected = s.rejected + $6::integer, error = coalesce($7::text, s.error),
    done_at = case when $8::boolean then clock_timestamp() end
  from fence where s.request = $3::bigint and s.shard = $1::smallint and s.done_at is null
  returning s.shard, s.sent
)`

const storeSql = `
with ${fence}, ${stored}
select exists (select from fence) as is_held, exists (select from stored) as is_open`

/** The same at a request's end, and counts as acknowledged what the audit misses of the shard, up to what was published. */
const settleSql = `
with ${fence}, ${stored}, audited as (
  select c.shard, c.dropped + a.events - c.acknowledged - c.quarantined + (
    select count(*) from outbox.event e
    where e.shard = c.shard and e.xid >= pg_snapshot_xmin(a.as_of) and not pg_visible_in_snapshot(e.xid, a.as_of)
      and outbox.is_published(c, e.xid, e.id)
  ) as missing
  from outbox.cursor c join outbox.audited a using (shard) where c.shard = $1::smallint
), settled as (
  update outbox.stored_cursor p set acknowledged = p.acknowledged + least(a.missing, s.sent)
  from stored s join audited a using (shard)
  where ${findCursor('$1')} and p.epoch = $2::bigint and a.missing > 0
)
select exists (select from fence) as is_held, exists (select from stored) as is_open`

export interface RepublishProgress {
  readonly request: string
  readonly shard: number
  readonly epoch: bigint
  readonly lastId: number
  readonly published: number
  readonly rejected: number
  readonly error: string | undefined
  readonly isDone: boolean
  /** Settle the audit when done. */
  readonly settle: boolean
}

export interface StoredProgress {
  /** Is the lease still of that epoch? Without it nothing was stored. */
  readonly is_held: boolean
  /** Was the request not aborted? */
  readonly is_open: boolean
}

export async function storeRepublished(
  client: SqlClient,
  progress: RepublishProgress,
): Promise<StoredProgress> {
  const { shard, epoch, request, lastId, published, rejected, error, isDone, settle } = progress
  const statement =
    isDone && settle
      ? { name: 'relevo_republish_settle', text: settleSql }
      : { name: 'relevo_republish_store', text: storeSql }
  const values = [shard, String(epoch), request, lastId, published, rejected, error ?? null, isDone]
  const [row] = await query<StoredProgress>(client, statement, values)
  return row ?? { is_held: false, is_open: false }
}
