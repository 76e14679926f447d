import type pg from 'pg'
import { lockCommission, updateCommission } from '../commissionRepository.ts'
import { approve, type Commission } from '../domain/commission.ts'
import { recordEvent } from '../events.ts'

/**
 * Approves a commission and records the event, in the caller's transaction under the lock of its row; one that is approved
 * already stays as it is. Undefined when there is none with this id.
 * @throws OutboxError when the outbox is not there; pg's errors.
 */
export async function approveCommission(
  client: pg.PoolClient,
  commissionId: string,
): Promise<Commission | undefined> {
  const commission = await lockCommission(client, commissionId)
  const event = commission && approve(commission, new Date())
  if (!event) return commission
  await updateCommission(client, event.commission)
  await recordEvent(client, event)
  return event.commission
}
