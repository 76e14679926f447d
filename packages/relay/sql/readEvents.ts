/**
 * Cuts a page at $5 rows and behind the row that passes $6 bytes. Payloads become text outside of it only: inside,
 * every one up to the cut at $5 rows would be decompressed for each page. Columns in the order of {@link EventRow}.
 */
function bounded(events: string): string {
  return `
select id, shard, event_id, topic, key, partition_key, type, headers::text, payload::text, created_at::text,
  case when bytes >= $6::bigint then true end
from (
  select e.*, sum(payload_bytes + 200) over (order by id rows unbounded preceding) as bytes
  from (${events}) e
) e
where bytes - payload_bytes - 200 < $6::bigint
order by id`
}

/** Events above id $1 of the shards $2 that the snapshot $4 sees and $3 does not. */
export const readNewEvents = {
  name: 'relevo_new',
  text: bounded(`
    select e.* from outbox.event e
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
      select e.* from outbox.event e
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
  /** In a page: is it what made it full by bytes? */
  fills?: true | null,
]
