/**
 * Events that are recorded and not published, counted up to $1, and the age of the oldest of them in seconds.
 * Late events of long transactions are not looked for.
 */
export const readBacklog = {
  name: 'relevo_backlog',
  text: `
select count(*)::integer as events,
  coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::double precision as oldest_seconds
from (
  select e.created_at from outbox.event e join outbox.cursor c on c.shard = e.shard
  where e.id > (select min(published_seq) from outbox.cursor) and not outbox.is_published(c, e.xid, e.id)
  order by e.id limit $1::integer
) due`,
}

export interface Backlog {
  events: number
  oldest_seconds: number
}
