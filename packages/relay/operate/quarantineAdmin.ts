import { countQuarantinedKeys, listQuarantinedKeys, showQuarantinedEvents } from '../sql/quarantineAdmin.ts'
import { query, type SqlClient } from '../sqlClient.ts'

/**
 * What an operator can do for a quarantined key: `redrive` tries its events again in order, `skip` leaves the
 * first one out and goes on with those behind it, `discard` leaves all out that wait.
 */
export const quarantineCommands = ['redrive', 'skip', 'discard'] as const
export type QuarantineCommand = (typeof quarantineCommands)[number]

export const quarantineStates = ['retrying', 'quarantined'] as const
export type QuarantineState = (typeof quarantineStates)[number]

/** Which quarantined keys; of the rejected event where it is not of the key. Without any, all. */
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
  /** Null for an operator's turn, and where the topic is probed. */
  retryAt: Date | null
  command: QuarantineCommand | null
  /** The rejected event, at the head of those that wait. */
  head: { id: number; eventId: string; topic: string; type: string } | null
  /** How many events wait, the head included. */
  events: number
}

interface QuarantineRow {
  shard: number
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

/** A page of the quarantined keys behind `after`, ordered by shard and key. Errors: pg's. */
export async function listQuarantine(
  client: SqlClient,
  options: { after?: { shard: number; key: string } | undefined; limit: number; filter?: QuarantineFilter },
): Promise<QuarantinedKey[]> {
  const after = options.after ?? { shard: -1, key: '' }
  const values = [...filterValues(options.filter ?? {}), after.shard, after.key, options.limit]
  const rows = await query<QuarantineRow>(client, listQuarantinedKeys, values)
  return rows.map((row) => ({
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
  }))
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

/** A quarantined key with the first `limit` events that wait. @returns undefined when it is not quarantined. */
export async function showQuarantine(
  client: SqlClient,
  key: string,
  limit: number,
): Promise<{ key: QuarantinedKey; events: QuarantinedEvent[] } | undefined> {
  const [found] = await listQuarantine(client, { limit: 1, filter: { key } })
  if (found === undefined) return undefined
  const rows = await query<QuarantinedEventRow>(client, showQuarantinedEvents, [key, limit])
  const events = rows.map(({ id, event_id, created_at, ...row }) => {
    return { ...row, id: Number(id), eventId: event_id, createdAt: created_at }
  })
  return { key: found, events }
}
