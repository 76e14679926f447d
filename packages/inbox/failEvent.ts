import { backoffMs } from '@relevo/backoff'
import type { Availability } from './availability.ts'
import type { InboxContext } from './inboxContext.ts'
import { describeInboxError, type InboxError } from './inboxError.ts'
import type { DeadLetterReason } from './receivedRecord.ts'
import { type Buried, buryRecords } from './sql/buryRecords.ts'
import { type HeldRecord, holdEvents } from './sql/holdEvents.ts'
import { releaseEvents, takeEvents } from './sql/takeEvents.ts'
import type { Transaction } from './transaction.ts'

/** The outcome for an event that failed, and the time of its next attempt. */
export type Verdict =
  | {
      readonly kind: 'retry'
      /** Those that count. */
      readonly attempts: number
      readonly delayMs: number
      readonly unavailable: boolean
    }
  | { readonly kind: 'dead'; readonly reason: DeadLetterReason; readonly attempts: number }

/** The state of an event before it failed. */
export interface History {
  readonly attempts: number
  /** Milliseconds since it last failed; undefined: it had not. */
  readonly failedMsAgo: number | undefined
  /** Milliseconds since its dependency was first unavailable. */
  readonly unavailableMs: number
}

export const noHistory: History = { attempts: 0, failedMsAgo: undefined, unavailableMs: 0 }

/** Decides about an event that has failed. */
export function judge(
  error: InboxError,
  history: History,
  { retry, availability }: Pick<InboxContext, 'retry' | 'availability'>,
): Verdict {
  const attempts = history.attempts + 1
  if (error.code === 'rejected') return { kind: 'dead', reason: 'rejected', attempts }
  if (error.code === 'unavailable' && !isToBlame(error, history, availability)) {
    if (history.unavailableMs >= retry.unavailableMs) return { kind: 'dead', reason: 'unavailable', attempts }
    const delayMs = availability.failed(error.retryAfterMs)
    return { kind: 'retry', attempts: history.attempts, delayMs, unavailable: true }
  }
  if (attempts >= retry.attempts) return { kind: 'dead', reason: 'attemptsExhausted', attempts }
  return { kind: 'retry', attempts, delayMs: backoffMs(attempts, retry), unavailable: false }
}

/** If other events succeed, the dependency is available, and an event that still fails is itself the cause. */
function isToBlame(error: InboxError, { failedMsAgo }: History, availability: Availability): boolean {
  if (error.retryAfterMs !== undefined || failedMsAgo === undefined) return false
  return availability.hasSucceededSince(Date.now() - failedMsAgo)
}

/** Stores the first failure of an event, which is held back with its key or given up; a dead letter is returned. */
export async function failFirst(
  context: InboxContext,
  tx: Transaction,
  failed: HeldRecord,
  { verdict, error }: { readonly verdict: Verdict; readonly error: InboxError },
): Promise<Buried[]> {
  if (verdict.kind === 'dead') return bury(context, tx, failed, { ...verdict, error })
  await holdEvents(tx, context.consumer, [failed], { ...verdict, error: describeInboxError(error) })
  return []
}

/** Makes an event a dead letter; another delivery of that record is a duplicate then. */
export async function bury(
  context: InboxContext,
  tx: Transaction,
  failed: HeldRecord,
  why: { readonly reason: DeadLetterReason; readonly error: InboxError; readonly attempts: number },
): Promise<Buried[]> {
  const { record, identity } = failed
  const taken = await takeEvents(tx, context.consumer, record.topic, [{ record, identity, waits: false }])
  if (taken.fresh.size === 0) return [] // it took effect elsewhere meanwhile
  await releaseEvents(tx, context.consumer, [identity])
  const { reason, attempts } = why
  return buryRecords(tx, context.consumer, [
    { record, identity, reason, attempts, error: describeInboxError(why.error) },
  ])
}
