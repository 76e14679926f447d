/** In the order of {@link EventRow}. */
const columns = `e.id, e.shard, e.event_id, e.topic, e.key, e.partition_key, e.type, e.headers::text as headers,
  e.payload::text as payload, e.created_at::text as created_at`

/** Cuts a page at $5 rows and behind the row that passes $6 bytes; the sizes of toasted payloads cost no read. */
function bounded(events: string): string {
  return `
select id, shard, event_id, topic, key, partition_key, type, headers, payload, created_at, bytes
from (
  select e.*, sum(octet_length(payload) + 200) over (order by id rows unbounded preceding) as bytes
  from (${events}) e
) e
where bytes - octet_length(payload) - 200 < $6::bigint
order by id`
}

/** Events above id $1 of the shards $2 that the snapshot $4 sees and $3 does not. */
export const readNewEvents = {
  name: 'relevo_new',
  text: bounded(`
    select ${columns} from outbox.event e
    where e.id > $1::bigint and e.shard = any($2::smallint[])
      and pg_visible_in_snapshot(e.xid, $4::pg_snapshot)
      and not pg_visible_in_snapshot(e.xid, $3::pg_snapshot)
    order by e.id limit $5::integer`),
}

/** Events above id $1 and up to id $4 of the shards $2 in the transactions $3, each at most a page. */
export const readLateEvents = {
  name: 'relevo_late',
  text: bounded(`
    select e.* from unnest($3::xid8[]) as late (xid) cross join lateral (
      select ${columns} from outbox.event e
      where e.xid = late.xid and e.id > $1::bigint and e.id <= $4::bigint and e.shard = any($2::smallint[])
      order by e.id limit $5::integer
    ) e
    order by e.id limit $5::integer`),
}

/** A row as an array, since that is read faster than an object. */
export type EventRow = [
  id: string,
  shard: number,
  eventId: string,
  topic: string,
  key: string,
  partitionKey: string | null,
  type: string,
  headers: string | null,
  payload: string,
  createdAt: string,
  bytes: string,
]
