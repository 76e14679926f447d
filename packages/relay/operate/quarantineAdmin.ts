import { countQuarantinedKeys, listQuarantinedKeys, showQuarantinedEvents } from '../sql/quarantineAdmin.ts'
import { query, type SqlClient } from '../sqlClient.ts'

/**
 * Commands for a quarantined key: `redrive` retries its events in order, `skip` leaves the
 * first one out and continues with the next, `discard` leaves all waiting ones out.
 */
export const quarantineCommands = ['redrive', 'skip', 'discard'] as const
export type QuarantineCommand = (typeof quarantineCommands)[number]

export const quarantineStates = ['retrying', 'quarantined'] as const
export type QuarantineState = (typeof quarantineStates)[number]

/** Selects quarantined keys, by the key or its rejected event. Without conditions, all. */
export interface QuarantineFilter {
  readonly key?: string | undefined
  readonly keyPrefix?: string | undefined
  readonly topic?: string | undefined
  readonly type?: string | undefined
  readonly code?: string | undefined
  readonly state?: QuarantineState | undefined
  /** A UUID. */
  readonly eventId?: string | undefined
}

export interface QuarantinedKey {
  shard: number
  key: string
  /** Whether the event is rejected, or whatever goes to its topic or partition. */
  scope: 'record' | 'topic' | 'partition'
  state: QuarantineState
  attempts: number
  errorCode: string
  error: string
  since: Date
  /** Null if it waits for an operator or for its topic. */
  retryAt: Date | null
  command: QuarantineCommand | null
  /** The rejected event, the first of those that wait. */
  head: { id: number; eventId: string; topic: string; type: string } | null
  /** How many events wait, including the first. */
  events: number
}

interface QuarantineRow {
  shard: number
  digest: string
  key: string
  scope: QuarantinedKey['scope']
  topic: string
  state: QuarantineState
  attempts: number
  error_code: string
  error: string
  since: Date
  retry_at: Date | null
  command: QuarantineCommand | null
  event_number: string | null
  event_id: string
  type: string
  events: number
}

/** The parameters of a filter, in the order of the statements. */
export function filterValues(filter: QuarantineFilter): (string | null)[] {
  const { key, keyPrefix, topic, type, code, state, eventId } = filter
  return [key, keyPrefix, topic, type, code, state, eventId].map((value) => value ?? null)
}

/** A shard and the digest of a key in it: a short cursor into the list, however long the key is. */
const placePattern = /^(\d{1,3}):([0-9a-f]{64})$/

/** The form of {@link QuarantinePage.next}. */
export const quarantinePlace = placePattern.source

export interface QuarantinePage {
  readonly keys: QuarantinedKey[]
  /** Start of the next page; undefined for the last one. */
  readonly next: string | undefined
}

/**
 * A page of the quarantined keys, ordered by shard and digest.
 * @param options `after` is the `next` of the previous page. @throws RangeError if it is not; the errors of pg.
 */
export async function listQuarantine(
  client: SqlClient,
  options: { after?: string | undefined; limit: number; filter?: QuarantineFilter },
): Promise<QuarantinePage> {
  const { after, limit, filter = {} } = options
  const [shard, digest] = after === undefined ? [-1, ''] : placeOf(after)
  const values = [...filterValues(filter), shard, digest, limit + 1]
  const rows = await query<QuarantineRow>(client, listQuarantinedKeys, values)
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { keys: page.map(toQuarantinedKey), next: last && `${last.shard}:${last.digest}` }
}

function placeOf(after: string): [shard: number, digest: string] {
  const [, shard, digest] = placePattern.exec(after) ?? []
  if (shard === undefined || digest === undefined)
    throw new RangeError(`"${after}" is not the next of a page of the quarantine.`)
  return [Number(shard), digest]
}

function toQuarantinedKey(row: QuarantineRow): QuarantinedKey {
  return {
    shard: row.shard,
    key: row.key,
    scope: row.scope,
    state: row.state,
    attempts: row.attempts,
    errorCode: row.error_code,
    error: row.error,
    since: row.since,
    retryAt: row.retry_at,
    command: row.command,
    head: row.event_number
      ? { id: Number(row.event_number), eventId: row.event_id, topic: row.topic, type: row.type }
      : null,
    events: row.events,
  }
}

/** How many keys match, and how many of their events wait. */
export async function countQuarantine(
  client: SqlClient,
  filter: QuarantineFilter = {},
): Promise<{ keys: number; events: number }> {
  const [row] = await query<{ keys: number; events: number }>(
    client,
    countQuarantinedKeys,
    filterValues(filter),
  )
  return row ?? { keys: 0, events: 0 }
}

/** An event that waits in the quarantine. */
export interface QuarantinedEvent {
  id: number
  eventId: string
  topic: string
  type: string
  /** JSON text. */
  headers: string | null
  /** JSON text. */
  payload: string
  createdAt: Date
  attempts: number
  error: string | null
}

interface QuarantinedEventRow {
  id: string
  event_id: string
  topic: string
  type: string
  headers: string | null
  payload: string
  created_at: Date
  attempts: number
  error: string | null
}

/** A quarantined key with its first `limit` waiting events. @returns undefined if it is not quarantined. */
export async function showQuarantine(
  client: SqlClient,
  key: string,
  limit: number,
): Promise<{ key: QuarantinedKey; events: QuarantinedEvent[] } | undefined> {
  const {
    keys: [found],
  } = await listQuarantine(client, { limit: 1, filter: { key } })
  if (found === undefined) return undefined
  const rows = await query<QuarantinedEventRow>(client, showQuarantinedEvents, [key, limit])
  const events = rows.map(({ id, event_id, created_at, ...row }) => {
    return { ...row, id: Number(id), eventId: event_id, createdAt: created_at }
  })
  return { key: found, events }
}
