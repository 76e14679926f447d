import { inTransaction } from '@relevo/kit'
import type pg from 'pg'
import { type AttemptLimits, decide } from './decide.ts'
import { type DeadLetterPlace, recordOutcome } from './events.ts'
import type { Outcome } from './outcome.ts'
import type { Claimed } from './sql/claimNotifications.ts'
import { lockAttempted, type Settled, settleNotification } from './sql/settleNotification.ts'

export interface SettleContext {
  readonly pool: pg.Pool
  readonly limits: AttemptLimits
  readonly place: DeadLetterPlace
}

/**
 * Writes what an attempt came to and records what others are told of it, in one transaction. Undefined: it is too late, since
 * another claim has come after this one.
 * @param pauseMs until the mail server is tried again.
 */
export function settle(
  { pool, limits, place }: SettleContext,
  claimed: Pick<Claimed, 'id' | 'fence'>,
  outcome: Outcome,
  pauseMs = 0,
): Promise<Settled | undefined> {
  return inTransaction(pool, async (client) => {
    const attempted = await lockAttempted(client, claimed)
    if (!attempted) return undefined
    const settled = decide(attempted, outcome, limits, pauseMs)
    if (!settled) return undefined
    await settleNotification(client, claimed.id, settled)
    await recordOutcome(client, attempted, outcome, settled, place)
    return settled
  })
}
