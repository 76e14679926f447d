import type { EventState } from '@relevo/outbox'

const columns =
  "id, payload ->> 'content' as content, state as estado, attempts as intentos, error, created_at"

/** Events below the number $1 (null: all), newest first, at most $2. */
export const listEvents = `
select ${columns} from outbox.event_status
where $1::bigint is null or id < $1
order by id desc limit $2::integer`

/**
 * The same of those in state $3. Among the sent ones, those that are not would be needles in a haystack; where they
 * can be is known: above all cursors, in transactions that the cursors left behind as in progress, or in the
 * quarantine. Failing ones are not above the failing pages.
 */
export const listUnsentEvents = `
with found as (
  (select id from outbox.event_status
   where id > (select min(published_seq) from outbox.cursor) and ($1::bigint is null or id < $1)
     and ($3 <> 'X' or id <= (select max(failing_id) from outbox.cursor)) and state = $3
   order by id desc limit $2::integer)
  union
  (select id from outbox.event_status
   where xid in (select pg_snapshot_xip(published) from outbox.cursor) and ($1::bigint is null or id < $1)
     and state = $3
   order by id desc limit $2::integer)
  union
  (select id from outbox.event_status
   where id in (select id from outbox.quarantined_event) and ($1::bigint is null or id < $1) and state = $3
   order by id desc limit $2::integer)
  order by id desc limit $2::integer
)
select ${columns} from outbox.event_status where id in (select id from found) order by id desc`

/** Sent ones are found by going down from the newest. */
export const listSentEvents = `
select ${columns} from outbox.event_status
where ($1::bigint is null or id < $1) and state = $3
order by id desc limit $2::integer`

export interface EventRow {
  id: string
  content: string
  estado: EventState
  intentos: number
  error: string | null
  created_at: Date
}
