import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { EventDraft } from '@relevo/contracts'
import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import type { LedgerLine } from '../../ledgerLine.ts'

const mostDelayMs = 20

/**
 * Records one to three events of one key in a transaction that takes a while to commit. What comes by the APIs has few
 * events of a key or one, so that their order says little; these fight for a few keys.
 * @returns what is known of each event.
 */
export async function writeKeyed(
  pool: pg.Pool,
  key: string,
  draft: (part: number) => EventDraft,
): Promise<LedgerLine[]> {
  const events = Array.from({ length: 1 + Math.floor(Math.random() * 3) }, (_, n) => ({
    ...draft(n),
    key,
    eventId: randomUUID(),
  }))
  const lines = (outcome: LedgerLine['outcome'], why?: string): LedgerLine[] =>
    events.map(({ eventId }) => ({ outcome, event: eventId, ...(why && { why }) }))
  let committing = false
  let client: pg.PoolClient | undefined
  try {
    client = await pool.connect()
    await client.query('begin')
    await enqueue(client, events)
    await delay(Math.random() * mostDelayMs)
    committing = true
    await client.query('commit')
    client.release()
    return lines('ack')
  } catch (error) {
    client?.release(true)
    // Only a commit can have happened although it failed.
    return lines(committing ? 'unknown' : 'refused', (error as { code?: string }).code ?? 'connection lost')
  }
}
