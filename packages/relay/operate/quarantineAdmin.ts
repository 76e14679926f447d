import { commandQuarantinedKey, listQuarantinedKeys } from '../sql/quarantineAdmin.ts'
import { query, type SqlClient } from '../sqlClient.ts'

/**
 * What an operator can do for a quarantined key: `redrive` tries its events again in order, `skip` leaves the
 * first one out and goes on with those behind it, `discard` leaves all out that wait.
 */
export const quarantineCommands = ['redrive', 'skip', 'discard'] as const
export type QuarantineCommand = (typeof quarantineCommands)[number]

export interface QuarantinedKey {
  shard: number
  key: string
  state: 'retrying' | 'quarantined'
  attempts: number
  errorCode: string
  error: string
  since: Date
  retryAt: Date | null
  command: QuarantineCommand | null
  /** The refused event, at the head of those that wait. */
  head: { id: number; eventId: string; topic: string; type: string } | null
  /** How many events wait, the head included. */
  events: number
}

interface QuarantineRow {
  shard: number
  key: string
  state: 'retrying' | 'quarantined'
  attempts: number
  error_code: string
  error: string
  since: Date
  retry_at: Date | null
  command: QuarantineCommand | null
  event_number: string | null
  event_id: string
  topic: string
  type: string
  events: number
}

/** A page of the quarantined keys behind `after`, ordered by shard and key. */
export async function listQuarantine(
  client: SqlClient,
  options: { after?: { shard: number; key: string }; limit: number },
): Promise<QuarantinedKey[]> {
  const after = options.after ?? { shard: -1, key: '' }
  const rows = await query<QuarantineRow>(client, listQuarantinedKeys, [
    after.shard,
    after.key,
    options.limit,
  ])
  return rows.map((row) => ({
    shard: row.shard,
    key: row.key,
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

/** Leaves a command for the relay that holds the key's shard. @returns false when no such key is quarantined. */
export async function commandQuarantine(
  client: SqlClient,
  key: string,
  command: QuarantineCommand,
): Promise<boolean> {
  const rows = await query(client, commandQuarantinedKey, [key, command])
  return rows.length > 0
}
