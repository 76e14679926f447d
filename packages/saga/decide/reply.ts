import { type Failure, isLocal, isRequest, type SagaReason, type SagaReply } from '../definition.ts'
import { SagaError } from '../sagaError.ts'
import type { Outstanding, SagaEvent } from '../state.ts'
import { attempt, markStuck, waitOn } from './attempt.ts'
import { callHook, change, changeStep, type Draft, note, stepOf } from './decision.ts'
import { treatLate } from './late.ts'
import { compensate, end, goBack, goForward, isPastPivot } from './proceed.ts'

type Reply = Extract<SagaEvent, { kind: 'reply' }>

/** A reply to the outstanding attempt moves the saga; any other is late. */
export function decideReply(draft: Draft, reply: Reply): void {
  const { outstanding } = draft.state
  const isAwaited =
    outstanding !== null &&
    !outstanding.answered &&
    outstanding.step === reply.step &&
    outstanding.attempt === reply.attempt
  if (!isAwaited) treatLate(draft, reply)
  else if (outstanding.undo) undoReplied(draft, outstanding, reply)
  else stepReplied(draft, outstanding, reply)
}

function stepReplied(draft: Draft, outstanding: Outstanding, reply: Reply): void {
  const step = stepOf(draft, reply.step)
  if (!isRequest(step)) throw new SagaError('invalidInput', `Step ${reply.step} waits for no reply`)
  const done = own(step.done, reply.type)
  const failed = own(step.failed, reply.type)
  if (done) stepDone(draft, reply, done(draft.state.data, replyOf(reply)))
  else if (failed) stepFailed(draft, reply, failed(draft.state.data, replyOf(reply)))
  else if (step.busy?.includes(reply.type)) becomeBusy(draft, outstanding, reply)
  else treatLate(draft, reply)
}

/** A local step, or a reply, reports it as done. */
export function stepDone(
  draft: Draft,
  { step, attempt: number, type }: Omit<Reply, 'data' | 'kind'>,
  data: unknown,
): void {
  changeStep(draft, step, { status: 'done' })
  change(draft, { data, outstanding: null, stuck: false })
  note(draft, { kind: 'done', step, attempt: number, detail: { type } })
  goForward(draft)
}

/** An earlier attempt may have had an effect all the same. */
export function stepFailed(
  draft: Draft,
  { step, attempt: number, type }: Omit<Reply, 'data' | 'kind'>,
  { data, ...reason }: Failure<unknown>,
): void {
  if (isPastPivot(draft))
    throw new SagaError('invalidDefinition', `Step ${step} is behind the pivot and must not fail`)
  changeStep(draft, step, { status: number > 1 ? 'unknown' : 'failed' })
  change(draft, { outstanding: null, ...(data !== undefined && { data }) })
  note(draft, { kind: 'failed', step, attempt: number, detail: { type, ...reason } })
  compensate(draft, reason)
}

function undoReplied(draft: Draft, outstanding: Outstanding, reply: Reply): void {
  const { compensation } = stepOf(draft, reply.step)
  if (compensation === undefined || isLocal(compensation))
    throw new SagaError('invalidInput', `Undoing ${reply.step} waits for no reply`)
  const done = own(compensation.done, reply.type)
  const refused = own(compensation.refused, reply.type)
  if (done) undoDone(draft, reply, done(draft.state.data, replyOf(reply)))
  else if (refused) undoRefused(draft, outstanding, reply, refused(draft.state.data, replyOf(reply)))
  else if (compensation.busy?.includes(reply.type)) becomeBusy(draft, outstanding, reply)
  else treatLate(draft, reply)
}

export function undoDone(
  draft: Draft,
  { step, attempt: number, type }: Omit<Reply, 'data' | 'kind'>,
  data: unknown,
): void {
  changeStep(draft, step, { status: 'undone' })
  change(draft, { data, outstanding: null, stuck: false })
  note(draft, { kind: 'undone', step, attempt: number, detail: { type } })
  goBack(draft)
}

/** The step stays done if the saga can continue as if it had never turned back; otherwise the compensation is repeated. */
function undoRefused(
  draft: Draft,
  outstanding: Outstanding,
  reply: Reply,
  { data, ...reason }: Failure<unknown>,
): void {
  const { step, attempt: number, type } = reply
  note(draft, { kind: 'refused', step, attempt: number, undo: true, detail: { type, ...reason } })
  if (data !== undefined) change(draft, { data })
  if (!mayStand(draft, step)) {
    becomeBusy(draft, outstanding, reply)
    markStuck(draft)
    return
  }
  changeStep(draft, step, { status: 'done' })
  if (draft.state.wasCompleted) completeAgain(draft, reason)
  else resume(draft, reason)
}

/** Not once the end was reported, nor if another step is undone or was not done. */
function mayStand(draft: Draft, name: string): boolean {
  const { steps, wasCompleted, hasEnded } = draft.state
  const { compensation } = stepOf(draft, name)
  const isWanted =
    wasCompleted ||
    (compensation !== undefined && !isLocal(compensation) && compensation.whenRefused === 'goForward')
  const others = Object.entries(steps).filter(([each]) => each !== name)
  return isWanted && !hasEnded && others.every(([, { status }]) => status === 'done' || status === 'skipped')
}

function completeAgain(draft: Draft, reason: SagaReason): void {
  change(draft, { cancelRequested: reason, reason: null, hasEnded: true })
  end(draft, 'completed')
  callHook(draft, 'cancelRefused')
}

/** Informs whoever asked for the cancellation, which the saga has now dropped. */
function resume(draft: Draft, reason: SagaReason): void {
  const wasCancelled = draft.state.cancelRequested !== null
  change(draft, { status: 'running', outstanding: null, stuck: false, reason: null, cancelRequested: reason })
  if (wasCancelled) callHook(draft, 'cancelRefused')
  change(draft, { cancelRequested: null })
  goForward(draft)
}

/** The timer of the attempt stays, and brings the next one. */
function becomeBusy(draft: Draft, outstanding: Outstanding, { step, attempt: number, type }: Reply): void {
  change(draft, { outstanding: { ...outstanding, answered: true } })
  note(draft, {
    kind: 'busy',
    step,
    attempt: number,
    ...(outstanding.undo && { undo: true }),
    detail: { type },
  })
}

/** At an attempt's time-out: starts the next one, extends this one, or compensates. */
export function decideTimeout(draft: Draft, event: Extract<SagaEvent, { kind: 'timedOut' }>): void {
  const { outstanding } = draft.state
  if (outstanding?.step !== event.step || outstanding.attempt !== event.attempt) return
  const { step: name, undo, tries } = outstanding
  const step = stepOf(draft, name)
  const isLast = !undo && isRequest(step) && step.attempts !== 'forever' && tries >= step.attempts
  if (!isLast) {
    // An attempt that was answered `busy` was taken: it is no longer in the topic.
    if (event.withheld && !outstanding.answered) waitOn(draft, outstanding)
    else attempt(draft, name, undo, tries + 1)
    return
  }
  note(draft, { kind: 'timedOut', step: name, attempt: event.attempt })
  compensate(draft, { code: 'TIMEOUT', detail: { step: name } })
}

function replyOf({ type, data }: Reply): SagaReply {
  return { type, data }
}

/** Types come from outside: `constructor` must not count as one. */
function own<T>(functions: Readonly<Record<string, T>> | undefined, type: string): T | undefined {
  return functions && Object.hasOwn(functions, type) ? functions[type] : undefined
}
