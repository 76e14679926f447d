import { RelayError } from '../relayError.ts'
import { readAwaitedStandby } from '../sql/slots.ts'
import { query, type SqlClient } from '../sqlClient.ts'

/**
 * Why Postgres holds streams back, if it does: a stream shows only what every replica named in
 * `synchronized_standby_slots` has, however long that takes, while the table is ahead. Errors: pg's.
 */
export async function findAwaitedStandby(client: SqlClient): Promise<RelayError | undefined> {
  const [row] = await query<{ slot: string; exists: boolean }>(client, readAwaitedStandby)
  if (!row) return undefined
  const state = row.exists ? 'which is away' : 'which does not exist'
  return new RelayError(
    'standbyAway',
    `Postgres holds the stream back for the replica of slot ${row.slot}, ${state} (synchronized_standby_slots). ` +
      'The table is read until it is back, or until the setting no longer names it.',
  )
}
