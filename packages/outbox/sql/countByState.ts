import type { EventState } from '../acknowledgementWatcher.ts'
import type { Queryable } from '../event.ts'

/**
 * Events by state, from the cursors' counters and the events above the cursors, of which at most $1 are counted. Does not
 * look for late events of long transactions.
 */
const countEvents = `
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
  (select coalesce(sum(acknowledged), 0) from outbox.cursor)::text as "E",
  ((select count(*) from unpublished where state = 'P') + (select count(*) from held where state = 'P'))::text as "P",
  ((select count(*) from unpublished where state = 'X') + (select count(*) from held where state = 'X'))::text as "X"`

/** Default limit of unsent events that are counted one by one; more would make the answer slow. */
const defaultMost = 100_000

/**
 * Counts the events in each state, but at most `most` unsent ones.
 * @throws the errors of `client`.
 */
export async function countByState(
  client: Queryable,
  most = defaultMost,
): Promise<Readonly<Record<EventState, number>>> {
  const { rows } = await client.query(countEvents, [most])
  const [{ P, E, X }] = rows
  return { P: Number(P), E: Number(E), X: Number(X) }
}
