import type { EventState } from '@relevo/outbox'

const columns =
  "id, payload ->> 'content' as content, state as estado, attempts as intentos, error, created_at"

/** Events below the number $1 (null: all), newest first, at most $2. */
export const listEvents = `
select ${columns} from outbox.event_status
where $1::bigint is null or id < $1
order by id desc limit $2::integer`

// Planned as a comparison, the state would be taken for rare and every event read; a CASE is taken for half of them.
const inState = 'case when state = $3 then true else false end'

/**
 * The same of those in state $3. Among the sent ones, those that are not would be needles in a haystack; where they
 * can be is known: above all cursors, in transactions that the cursors left behind as in progress, or in the
 * quarantine. Failing ones are not above the failing pages.
 */
export const listUnsentEvents = `
with late as materialized (
  select id from outbox.event where xid = any(array(select pg_snapshot_xip(published) from outbox.cursor))
), found as (
  (select id from outbox.event_status
   where id > (select min(published_seq) from outbox.cursor) and ($1::bigint is null or id < $1)
     and ($3 <> 'X' or id <= (select max(failing_id) from outbox.cursor)) and ${inState}
   order by id desc limit $2::integer)
  union
  select id from outbox.event_status
  where id = any(array(select id from late union select id from outbox.quarantined_event))
    and ($1::bigint is null or id < $1) and state = $3
  order by id desc limit $2::integer
)
select ${columns} from outbox.event_status where id = any(array(select id from found)) order by id desc`

/** Sent ones are found by going down from the newest, past a backlog: some 2 µs for each event that waits. */
export const listSentEvents = `
select ${columns} from outbox.event_status
where ($1::bigint is null or id < $1) and ${inState}
order by id desc limit $2::integer`

export interface EventRow {
  id: string
  content: string
  estado: EventState
  intentos: number
  error: string | null
  created_at: Date
}
