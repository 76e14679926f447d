import { inTransaction } from '@relevo/kit'
import type pg from 'pg'
import { lockCommission, updateCommission } from '../commissionRepository.ts'
import { approve, type Commission } from '../domain/commission.ts'
import { recordEvent } from '../events.ts'

/**
 * Approves a commission and records the event, in one transaction under the lock of its row; one that is approved
 * already stays as it is. Undefined when there is none with this id.
 * @throws OutboxError when the outbox is not there; pg's errors.
 */
export function approveCommission(
  pool: pg.Pool,
  commissionId: string,
  traceparent: string | undefined,
): Promise<Commission | undefined> {
  return inTransaction(pool, async (client) => {
    const commission = await lockCommission(client, commissionId)
    const event = commission && approve(commission, new Date())
    if (!event) return commission
    await updateCommission(client, event.commission)
    await recordEvent(client, event, traceparent)
    return event.commission
  })
}
