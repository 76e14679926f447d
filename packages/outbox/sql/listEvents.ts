import type { EventState } from '../acknowledgementWatcher.ts'
import type { Queryable } from '../event.ts'

/** Which part of the list, newest first, is asked for. */
export interface EventPage {
  /** Only events with a number below it; default: from the newest on. */
  readonly before?: number | undefined
  /** Events at most. */
  readonly limit: number
  /** A page ends behind the event that brings it to so many bytes; default 1 MiB. */
  readonly maxBytes?: number
  /** Only events in this state. */
  readonly state?: EventState | undefined
}

/** An event as it was recorded, and what has become of it. */
export interface ListedEvent {
  readonly id: number
  readonly eventId: string
  readonly topic: string
  readonly key: string
  readonly type: string
  readonly headers: Readonly<Record<string, string>> | null
  /** JSON as it was recorded. */
  readonly payload: string
  readonly state: EventState
  /** How often the relay has tried it without success. */
  readonly attempts: number
  readonly error: string | null
  readonly createdAt: Date
}

const defaultMaxBytes = 1_048_576

/**
 * A page of the recorded events, newest first; `next` is the `before` of the page that follows, if there is one.
 * @throws the errors of `client`.
 */
export async function listEvents(
  client: Queryable,
  { before, limit, maxBytes = defaultMaxBytes, state }: EventPage,
): Promise<{ events: ListedEvent[]; next?: number }> {
  const values = [before ?? null, limit + 1, maxBytes, ...(state ? [state] : [])]
  const { rows } = await client.query(statementFor(state), values)
  const events = rows.slice(0, limit).map(toListedEvent)
  const last = events.at(-1)
  return last && events.length < Number(rows[0].found) ? { events, next: last.id } : { events }
}

function statementFor(state: EventState | undefined): string {
  if (state === undefined) return listAll
  return state === 'E' ? listSent : listUnsent
}

/**
 * Cuts the rows, newest first, behind the one that reaches $3 bytes. Payloads become text outside of the cut only: inside,
 * every one would be decompressed.
 */
const bounded = (rows: string) => `
select id::text, event_id::text, topic, key, type, headers::text, payload::text, state, attempts, error,
  trunc(extract(epoch from created_at) * 1000)::text as created_ms, found::text
from (
  select e.*, count(*) over () as found, sum(e.bytes) over (order by e.id desc rows unbounded preceding) as total
  from (
    select s.*, s.payload_bytes + octet_length(s.key) + coalesce(octet_length(s.headers::text), 0) + 200 as bytes
    from (${rows}) s
  ) e
) e
where total - bytes < $3::bigint
order by e.id desc`

/** Events below the number $1 (null: all), at most $2. */
const listAll = bounded(`
  select * from outbox.event_status
  where $1::bigint is null or id < $1
  order by id desc limit $2::integer`)

// Planned as a comparison, the state would be taken for rare and every event read; a CASE is taken for half of them.
const inState = 'case when state = $4 then true else false end'

/**
 * The same of those in state $4, P or X. Among the sent ones, those that are not would be needles in a haystack; where they
 * can be is known: above all cursors, in transactions that the cursors left behind as in progress, or in the
 * quarantine. Failing ones are not above the failing pages.
 */
const listUnsent = bounded(`
  with late as materialized (
    select id from outbox.event where xid = any(array(select pg_snapshot_xip(published) from outbox.cursor))
  ), found as (
    (select id from outbox.event_status
     where id > (select min(published_seq) from outbox.cursor) and ($1::bigint is null or id < $1)
       and ($4 <> 'X' or id <= (select max(failing_id) from outbox.cursor)) and ${inState}
     order by id desc limit $2::integer)
    union
    select id from outbox.event_status
    where id = any(array(select id from late union select id from outbox.quarantined_event))
      and ($1::bigint is null or id < $1) and state = $4
    order by id desc limit $2::integer
  )
  select * from outbox.event_status where id = any(array(select id from found))`)

/** Sent ones are found by going down from the newest, past a backlog: some 2 µs for each event that waits. */
const listSent = bounded(`
  select * from outbox.event_status
  where ($1::bigint is null or id < $1) and ${inState}
  order by id desc limit $2::integer`)

interface EventRow {
  readonly id: string
  readonly event_id: string
  readonly topic: string
  readonly key: string
  readonly type: string
  readonly headers: string | null
  readonly payload: string
  readonly state: EventState
  readonly attempts: number
  readonly error: string | null
  readonly created_ms: string
}

function toListedEvent(row: EventRow): ListedEvent {
  const { id, event_id: eventId, headers, created_ms: createdMs } = row
  const { topic, key, type, payload, state, attempts, error } = row
  return {
    id: Number(id),
    eventId,
    topic,
    key,
    type,
    headers: headers === null ? null : JSON.parse(headers),
    payload,
    state,
    attempts,
    error,
    createdAt: new Date(Number(createdMs)),
  }
}
