import type { InboxContext } from './inboxContext.ts'
import { type InboxError, storable } from './inboxError.ts'
import type { DeadLetterReason } from './receivedRecord.ts'
import { retryDelayMs } from './retry.ts'
import { type Buried, buryRecords } from './sql/buryRecords.ts'
import { type HeldRecord, holdEvents } from './sql/holdEvents.ts'
import { releaseEvents, takeEvents } from './sql/takeEvents.ts'
import type { Transaction } from './transaction.ts'

/** What becomes of an event that failed, and when it is tried again. */
export type Verdict =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'dead'; readonly reason: DeadLetterReason }

/** Decides after the `attempts`-th failure of an event. */
export function judge(error: InboxError, attempts: number, retry: InboxContext['retry']): Verdict {
  if (error.code === 'rejected') return { kind: 'dead', reason: 'rejected' }
  if (attempts >= retry.attempts) return { kind: 'dead', reason: 'attemptsExhausted' }
  return { kind: 'retry', delayMs: retryDelayMs(attempts, retry) }
}

/** Stores the first failure of an event: it is held back with its key, or given up, and then returned. */
export async function failFirst(
  context: InboxContext,
  tx: Transaction,
  failed: HeldRecord,
  error: InboxError,
): Promise<Buried[]> {
  const verdict = judge(error, 1, context.retry)
  if (verdict.kind === 'dead')
    return bury(context, tx, failed, { reason: verdict.reason, error, attempts: 1 })
  const { delayMs } = verdict
  await holdEvents(tx, context.consumer, [failed], { attempts: 1, delayMs, error: storable(error.message) })
  return []
}

/** Makes an event a dead letter; another delivery of that record is a duplicate then. */
export async function bury(
  context: InboxContext,
  tx: Transaction,
  failed: HeldRecord,
  why: { readonly reason: DeadLetterReason; readonly error: Error; readonly attempts: number },
): Promise<Buried[]> {
  const { record, identity } = failed
  const taken = await takeEvents(tx, context.consumer, record.topic, [{ record, identity, waits: false }])
  if (taken.fresh.size === 0) return [] // it took effect elsewhere meanwhile
  await releaseEvents(tx, context.consumer, [identity])
  const { reason, attempts } = why
  return buryRecords(tx, context.consumer, [
    { record, identity, reason, attempts, error: storable(why.error.message) },
  ])
}
