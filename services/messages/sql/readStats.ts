/**
 * Events by state, from the cursors' counters and what is above the cursors; at most $1 of those are counted. Late
 * events of long transactions are not looked for.
 */
export const readStats = `
with unpublished as (
  select outbox.event_state(c, null, e.xid, e.id) as state
  from outbox.event e join outbox.cursor c on c.shard = e.shard
  where e.id > (select min(published_seq) from outbox.cursor)
    and not outbox.is_published(c, e.xid, e.id)
    and not exists (select from outbox.quarantined_event q where q.id = e.id)
  order by e.id limit $1::integer
), held as (
  select case when attempts > 0 or resolution is not null then 'X' else 'P' end as state
  from outbox.quarantined_event
)
select
  (select coalesce(sum(acknowledged), 0) from outbox.cursor)::bigint as "E",
  (select count(*) from unpublished where state = 'P') + (select count(*) from held where state = 'P') as "P",
  (select count(*) from unpublished where state = 'X') + (select count(*) from held where state = 'X') as "X"`

export interface StatsRow {
  E: string
  P: string
  X: string
}
