import type { EventState } from '../acknowledgementWatcher.ts'
import type { Queryable } from '../event.ts'

/** Which part of the list to return, newest first. */
export interface EventPage {
  /** Only events with a lower number; default: from the newest on. */
  readonly before?: number | undefined
  /** Maximum number of events. */
  readonly limit: number
  /** A page ends with the event that brings it to this many bytes; default 1 MiB. */
  readonly maxBytes?: number
  /** Only events in this state. */
  readonly state?: EventState | undefined
}

/** A recorded event and its state. */
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
  /** How often the relay has failed to publish it. */
  readonly attempts: number
  readonly error: string | null
  readonly createdAt: Date
}

const defaultMaxBytes = 1_048_576

/**
 * Returns a page of the recorded events, newest first; `next` is the `before` of the following page, if there is one.
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
 * Cuts the rows, newest first, after the one that reaches $3 bytes. Payloads become text only outside the cut: inside,
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

// For a comparison the planner assumes that the state is rare, and reads every event; for a CASE it assumes half of them.
const inState = 'case when state = $4 then true else false end'

/**
 * The same for those in state $4, P or X. Searching all events for the few unsent ones would be slow, but they can only be
 * above all cursors, in transactions that the cursors left behind as in progress, or in the
 * quarantine. Failing ones are never above the failing pages.
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

/** Finds sent events by going down from the newest, past a backlog: some 2 µs per waiting event. */
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
