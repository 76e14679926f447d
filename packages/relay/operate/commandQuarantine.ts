import { setTimeout as delay } from 'node:timers/promises'
import { commandQuarantinedKeys, readCommanded, wakeRelays } from '../sql/quarantineAdmin.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import { filterValues, type QuarantineCommand, type QuarantineFilter } from './quarantineAdmin.ts'

/** A key with a pending command. */
export interface CommandedKey {
  readonly shard: number
  readonly key: string
  /** Events that waited then. */
  readonly events: number
  readonly lastId: number
}

/** The outcome of a command. */
export interface CommandOutcome {
  /** Events that no longer wait: delivered, skipped or discarded. */
  readonly done: number
  /** Keys whose oldest event was rejected again. */
  readonly rejected: readonly { readonly key: string; readonly code: string; readonly error: string }[]
  /** Keys for which no relay has carried out the command yet. */
  readonly pending: readonly string[]
}

interface CommandedRow {
  shard: number
  key: string
  command: string | null
  /** Null if the key is no longer quarantined. */
  attempts: number | null
  error_code: string
  error: string
  /** How many of the events that waited then still do. */
  events: number
}

const mostKeys = 10_000
const pollMs = 100

/**
 * The keys that a command for many affects: those that wait for an operator, unless the filter names a key, an event
 * or a state. Others recover by themselves.
 */
export function commandFilter(filter: QuarantineFilter): QuarantineFilter {
  const named = filter.key ?? filter.eventId ?? filter.state
  return named === undefined ? { ...filter, state: 'quarantined' } : filter
}

/**
 * Stores a command for the keys that match {@link commandFilter}, at most 10,000 of them, the longest
 * quarantined first; the relays that hold them carry it out. @returns these keys; none if none matches.
 */
export async function commandQuarantine(
  client: SqlClient,
  filter: QuarantineFilter,
  command: QuarantineCommand,
): Promise<CommandedKey[]> {
  const values = [...filterValues(commandFilter(filter)), command, mostKeys]
  const rows = await query<{ shard: number; key: string; last_id: string | null; events: number }>(
    client,
    commandQuarantinedKeys,
    values,
  )
  // Without a wake-up, a relay checks within a second.
  if (rows.length > 0) await query(client, wakeRelays).catch(() => {})
  return rows.map(({ shard, key, last_id, events }) => ({ shard, key, events, lastId: Number(last_id ?? 0) }))
}

/** Waits until relays have carried the command out, at most `budgetMs`. Errors: pg's. */
export async function awaitCommand(
  client: SqlClient,
  keys: readonly CommandedKey[],
  budgetMs = 30_000,
  signal?: AbortSignal,
): Promise<CommandOutcome> {
  const until = performance.now() + budgetMs
  for (;;) {
    const outcome = outcomeOf(keys, await readOutcome(client, keys))
    if (outcome.pending.length === 0 || performance.now() > until || signal?.aborted) return outcome
    await delay(pollMs, undefined, { signal }).catch(() => {})
  }
}

async function readOutcome(client: SqlClient, keys: readonly CommandedKey[]): Promise<CommandedRow[]> {
  const columns = [
    keys.map(({ shard }) => shard),
    keys.map(({ key }) => key),
    keys.map(({ lastId }) => lastId),
  ]
  return query<CommandedRow>(client, readCommanded, columns)
}

/** The relay resets the attempts to 0 when it starts a command, and counts the next rejection. */
export function outcomeOf(keys: readonly CommandedKey[], rows: readonly CommandedRow[]): CommandOutcome {
  const before = keys.reduce((sum, { events }) => sum + events, 0)
  const waiting = rows.reduce((sum, { events }) => sum + events, 0)
  const left = rows.filter(({ attempts }) => attempts !== null)
  const isRejected = ({ command, attempts }: CommandedRow) => command === null && (attempts ?? 0) > 0
  return {
    done: before - waiting,
    rejected: left.filter(isRejected).map(({ key, error_code: code, error }) => ({ key, code, error })),
    pending: left.filter((row) => !isRejected(row)).map(({ key }) => key),
  }
}
