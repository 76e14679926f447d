import type { AnySaga, LocalResult } from '../definition.ts'
import type { SagaEvent, SagaState } from '../state.ts'
import { decideCancel, decideOperator } from './ask.ts'
import { change, type Decision, type Draft, draftOf, type Effect, note } from './decision.ts'
import { goForward } from './proceed.ts'
import { decideReply, decideTimeout, stepDone, stepFailed, undoDone } from './reply.ts'

/** A new saga before its first step. */
export function newSaga(definition: AnySaga, id: string, key: string): SagaState {
  const { name, version } = definition
  return {
    id,
    key,
    name,
    version,
    status: 'running',
    data: null,
    steps: {},
    outstanding: null,
    reason: null,
    cancelRequested: null,
    wasCompleted: false,
    hasEnded: false,
    stuck: false,
  }
}

/**
 * Decides on an event of a saga: the next state, the commands to send, the timer, what to run in the transaction, and the
 * lines for its history. Pure: the same arguments give the same decision.
 * @throws InboxError `rejected` for a reply with the wrong data; the errors of the definition's functions.
 */
export function decide(definition: AnySaga, state: SagaState, event: SagaEvent): Decision {
  const draft = draftOf(definition, state)
  apply(draft, withNewName(definition, event))
  return draft
}

/** Assigns replies and time-outs of a step that an upgrade has renamed to its new name. */
function withNewName({ steps, upgrade }: AnySaga, event: SagaEvent): SagaEvent {
  const renamed = upgrade?.steps
  if (!('step' in event) || !renamed || Object.hasOwn(steps, event.step)) return event
  return Object.hasOwn(renamed, event.step) ? { ...event, step: renamed[event.step] ?? event.step } : event
}

function apply(draft: Draft, event: SagaEvent): void {
  if (event.kind === 'started') start(draft, event.input)
  else if (event.kind === 'reply') decideReply(draft, event)
  else if (event.kind === 'timedOut') decideTimeout(draft, event)
  else if (event.kind === 'cancel') decideCancel(draft, event)
  else decideOperator(draft, event)
}

function start(draft: Draft, input: unknown): void {
  change(draft, { data: draft.definition.start(input) })
  note(draft, { kind: 'started' })
  goForward(draft)
}

/** Continues with the outcome of a local step, or of undoing one, in the transaction. */
export function decideLocal(
  definition: AnySaga,
  state: SagaState,
  { step, attempt, undo }: Extract<Effect, { kind: 'local' }>,
  result: LocalResult<unknown> | undefined,
): Decision {
  const draft = draftOf(definition, state)
  const what = { step, attempt, type: 'local' }
  if (undo) undoDone(draft, what, state.data)
  else if (result && 'failed' in result) stepFailed(draft, what, result.failed)
  else stepDone(draft, what, result ? result.data : state.data)
  return draft
}
