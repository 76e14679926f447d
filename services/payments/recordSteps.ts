import type { SqlClient } from '@relevo/kit'
import { enqueue } from '@relevo/outbox'
import type { Step } from './domain/takeCommand.ts'
import { draftStep } from './events.ts'
import type { StoredPayment } from './sql/paymentRow.ts'
import { savePayments } from './sql/savePayments.ts'

/**
 * Stores what the steps have made of the payments, each once, and records all replies and events in one list, so that the locks
 * of their keys are taken in one order. `before` is locked by the caller's transaction.
 * @throws OutboxError when the outbox is not there; the errors of `client`.
 */
export async function recordSteps(
  client: SqlClient,
  before: ReadonlyMap<string, StoredPayment>,
  steps: readonly Step[],
): Promise<void> {
  const last = new Map(steps.map(({ payment }) => [payment.orderId, payment]))
  const changes = [...last.values()].map((after) => ({ before: before.get(after.orderId), after }))
  const ids = await savePayments(client, changes)
  const drafts = steps.flatMap((step) => draftStep(step, ids.get(step.payment.orderId) ?? 0))
  await enqueue(client, drafts)
}
