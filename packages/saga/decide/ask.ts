import type { SagaReason } from '../definition.ts'
import type { CommandResult, SagaEvent } from '../state.ts'
import { attempt } from './attempt.ts'
import { change, changeStep, type Draft, note } from './decision.ts'
import { compensate, end, isPastPivot } from './proceed.ts'

/** A cancellation is a command to the saga: before the pivot it compensates, after it only if the definition allows. */
export function decideCancel(
  draft: Draft,
  { reason, refusal }: Extract<SagaEvent, { kind: 'cancel' }>,
): void {
  draft.result = cancel(draft, reason, refusal)
}

function cancel(draft: Draft, reason: SagaReason, refusal: string | undefined): CommandResult {
  const { status, cancelRequested } = draft.state
  const isAllowedAfterwards = draft.definition.cancellable === 'afterwards'
  if (status === 'compensating') return 'accepted'
  if (status === 'compensated') return 'done'
  if (status === 'givenUp') return 'ended'
  if (status === 'completed') {
    if (!isAllowedAfterwards) return 'ended'
    if (refusal !== undefined) return 'refused'
  } else if (isPastPivot(draft)) {
    if (!isAllowedAfterwards) return 'pastPivot'
    if (cancelRequested === null) {
      note(draft, { kind: 'cancel', detail: { ...reason } })
      change(draft, { cancelRequested: reason })
    }
    return 'deferred'
  }
  note(draft, { kind: 'cancel', detail: { ...reason } })
  change(draft, { cancelRequested: reason })
  return turnBack(draft, reason)
}

function turnBack(draft: Draft, reason: SagaReason): CommandResult {
  compensate(draft, reason)
  return draft.state.status === 'compensated' ? 'done' : 'accepted'
}

/** What an operator asks for. */
export function decideOperator(
  draft: Draft,
  { command, note: why, refusal }: Extract<SagaEvent, { kind: 'operator' }>,
): void {
  const result = operate[command](draft, why, refusal)
  draft.result = result
  const reason = result === 'refused' ? { refusal } : {}
  note(draft, { kind: 'operator', detail: { command, note: why, result, ...reason } })
}

const operate = { retry, compensate: compensateNow, giveUp } as const

/** Starts another attempt at the outstanding step at once, with fresh time-outs. */
function retry(draft: Draft): CommandResult {
  const { outstanding } = draft.state
  if (outstanding === null) return 'ended'
  change(draft, { stuck: false })
  attempt(draft, outstanding.step, outstanding.undo, 1)
  return 'accepted'
}

function compensateNow(draft: Draft, why: string, refusal: string | undefined): CommandResult {
  const { status } = draft.state
  if (status === 'compensated') return 'done'
  if (status === 'compensating') return retry(draft)
  const mayUndoCompleted = status === 'completed' && draft.definition.cancellable === 'afterwards'
  if (status === 'completed' && !mayUndoCompleted) return 'ended'
  if (mayUndoCompleted && refusal !== undefined) return 'refused'
  if (!mayUndoCompleted && isPastPivot(draft)) return 'pastPivot'
  return turnBack(draft, { code: 'OPERATOR', detail: why })
}

/** Ends it as it is. Nothing more is sent; what it has done stays done. */
function giveUp(draft: Draft, why: string): CommandResult {
  const { status, outstanding } = draft.state
  if (status !== 'running' && status !== 'compensating') return status === 'givenUp' ? 'done' : 'ended'
  if (outstanding) changeStep(draft, outstanding.step, { status: 'unknown' })
  change(draft, { reason: { code: 'GIVEN_UP', detail: why } })
  end(draft, 'givenUp')
  return 'done'
}
