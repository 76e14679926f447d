import { query, type SqlClient } from '../sqlClient.ts'

/** Which events to publish again; every bound that is given holds. */
export interface RepublishSpan {
  /** Numbers of events in the outbox (`ce_outboxid`), both included. */
  readonly fromId?: number | undefined
  readonly toId?: number | undefined
  /** When they were recorded: from then on, before then. */
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  /** UUIDs (`ce_id`). */
  readonly eventIds?: readonly string[] | undefined
  readonly keys?: readonly string[] | undefined
  readonly topic?: string | undefined
}

function valuesOf({ fromId, toId, from, to, eventIds, keys, topic }: RepublishSpan): unknown[] {
  return [fromId, toId, from, to, eventIds, keys, topic].map((value) => value ?? null)
}

/** The events of a span. `is_due`: published, and neither waiting in the quarantine nor resolved there. */
const spanSql = `
select e.id, e.shard, e.key, e.created_at, c.published::text, c.target::text, c.last_id as target_id,
  outbox.is_published(c, e.xid, e.id) as is_sent, q.id is not null as is_quarantined,
  outbox.is_published(c, e.xid, e.id) and q.id is null as is_due
from outbox.event e join outbox.cursor c on c.shard = e.shard
left join outbox.quarantined_event q on q.id = e.id
where ($1::bigint is null or e.id >= $1) and ($2::bigint is null or e.id <= $2)
  and ($3::timestamptz is null or e.created_at >= $3) and ($4::timestamptz is null or e.created_at < $4)
  and ($5::uuid[] is null or e.event_id = any($5)) and ($6::text[] is null or e.key = any($6))
  and ($7::text is null or e.topic = $7)`

/** Named after the oldest day whose partition is there. */
const oldestDaySql = `
select min(to_date(substring(c.relname from 'event_([0-9]{8})$'), 'YYYYMMDD'))::text || ' 00:00+00'
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'outbox.event'::regclass and c.relname ~ '^event_[0-9]{8}$'`

const countSql = `
select count(*) filter (where is_due)::text as events,
  count(distinct (shard, key)) filter (where is_due)::text as keys,
  count(distinct shard) filter (where is_due)::integer as shards,
  min(created_at) filter (where is_due) as first_at, max(created_at) filter (where is_due) as last_at,
  count(*) filter (where not is_sent)::text as pending,
  count(*) filter (where is_sent and is_quarantined)::text as quarantined,
  (select coalesce(sum(dropped), 0)::text from outbox.cursor) as dropped,
  (${oldestDaySql})::timestamptz as oldest_day,
  (select min(id)::text from outbox.event) as oldest_id,
  array(select unnest($5::uuid[]) except select e.event_id from outbox.event e where e.event_id = any($5))::text[]
    as unknown
from (${spanSql}) span`

export interface SpanRow {
  readonly events: string
  readonly keys: string
  readonly shards: number
  readonly first_at: Date | null
  readonly last_at: Date | null
  readonly pending: string
  readonly quarantined: string
  readonly dropped: string
  readonly oldest_day: Date | null
  readonly oldest_id: string | null
  readonly unknown: string[]
}

/** Counts the events of a span. It has no name, so that it is planned for the bounds that are given. Errors: pg's. */
export async function countSpan(client: SqlClient, span: RepublishSpan): Promise<SpanRow | undefined> {
  const { rows } = await client.query<SpanRow>(countSql, valuesOf(span))
  return rows[0]
}

const requestSql = `
with span as (select * from (${spanSql}) span where is_due), request as (
  insert into outbox.republish (from_id, to_id, from_time, to_time, event_ids, keys, topic, settle)
  select $1, $2, $3, $4, $5, $6, $7, $8::boolean where exists (select from span)
  returning id
)
insert into outbox.republish_shard (request, shard, published, target, target_id, last_id, end_id, events)
select r.id, s.shard, s.published::pg_snapshot, s.target::pg_snapshot, s.target_id, min(s.id) - 1, max(s.id), count(*)
from span s cross join request r group by r.id, s.shard, s.published, s.target, s.target_id
returning request::text`

/** Leaves a request for the relays. @returns its number; undefined when no event matches. Errors: pg's. */
export async function insertRequest(
  client: SqlClient,
  span: RepublishSpan,
  settle: boolean,
): Promise<number | undefined> {
  const { rows } = await client.query<{ request: string }>(requestSql, [...valuesOf(span), settle])
  return rows[0] && Number(rows[0].request)
}

const listSql = `
select r.id::text, r.requested_at, r.aborted_at, sum(s.events)::text as events, sum(s.sent)::text as published,
  sum(s.rejected)::text as rejected, count(*) filter (where s.done_at is null)::integer as open_shards,
  case when bool_and(s.done_at is not null) then max(s.done_at) end as done_at, max(s.error) as error
from outbox.republish r join outbox.republish_shard s on s.request = r.id
where $1::bigint is null or r.id = $1
group by r.id order by r.id desc limit $2::integer`

export interface RequestRow {
  readonly id: string
  readonly requested_at: Date
  readonly aborted_at: Date | null
  readonly events: string
  readonly published: string
  readonly rejected: string
  readonly open_shards: number
  readonly done_at: Date | null
  readonly error: string | null
}

/** The youngest requests, or the one of this number. Errors: pg's. */
export function readRequests(client: SqlClient, id: number | undefined, most: number): Promise<RequestRow[]> {
  return query(client, { name: 'relevo_republish_list', text: listSql }, [id ?? null, most])
}

const abortSql = `
with open as (
  update outbox.republish_shard set done_at = clock_timestamp() where request = $1 and done_at is null
  returning shard
)
update outbox.republish set aborted_at = clock_timestamp() where id = $1 and exists (select from open)
returning id`

/** @returns whether there was something left to do. Errors: pg's. */
export async function abortRequest(client: SqlClient, id: number): Promise<boolean> {
  return (await query(client, { name: 'relevo_republish_abort', text: abortSql }, [id])).length > 0
}

const forgetSql = `
delete from outbox.republish r
where r.requested_at < $1
  and not exists (select from outbox.republish_shard s where s.request = r.id and s.done_at is null)`

/** Forgets requests from before then that are done. Errors: pg's. */
export async function forgetRequests(client: SqlClient, before: Date): Promise<void> {
  await query(client, { name: 'relevo_republish_forget', text: forgetSql }, [before])
}
