import type { HookName, SagaReason } from '../definition.ts'
import { attempt } from './attempt.ts'
import { addressed, callHook, change, changeStep, type Draft, factsOf, note, stepOf } from './decision.ts'

/** Continues after the last step that had its turn, until it has to wait. */
export function goForward(draft: Draft): void {
  for (const name of draft.definition.order) {
    if (draft.state.steps[name] !== undefined) continue
    const step = stepOf(draft, name)
    if (step.when && !step.when(draft.state.data, factsOf(draft.state))) {
      changeStep(draft, name, { status: 'skipped' })
      note(draft, { kind: 'skipped', step: name })
    } else if (step.send) sendStep(draft, name, step.send(draft.state.data, factsOf(draft.state)))
    else {
      attempt(draft, name, false, 1)
      return
    }
  }
  complete(draft)
}

function sendStep(draft: Draft, name: string, command: Parameters<typeof addressed>[0]): void {
  changeStep(draft, name, { status: 'done', attempts: 1 })
  draft.commands.push(addressed(command, draft.state, name, 1))
  note(draft, { kind: 'sent', step: name, attempt: 1, detail: { type: command.type } })
}

function complete(draft: Draft): void {
  end(draft, 'completed')
  const { cancelRequested } = draft.state
  if (cancelRequested) compensate(draft, cancelRequested)
}

/** Undoes the done steps, and the one whose outcome is unknown, in reverse order. */
export function compensate(draft: Draft, reason: SagaReason): void {
  const { outstanding, status } = draft.state
  if (outstanding && !outstanding.undo) changeStep(draft, outstanding.step, { status: 'unknown' })
  const wasCompleted = status === 'completed'
  change(draft, { status: 'compensating', reason, wasCompleted, hasEnded: false, stuck: false })
  note(draft, { kind: 'compensating', detail: { ...reason } })
  goBack(draft)
}

/** Undoes the last step that may have an effect; with none left, the saga has ended. */
export function goBack(draft: Draft): void {
  const name = draft.definition.order.findLast((each) => {
    const status = draft.state.steps[each]?.status
    return (status === 'done' || status === 'unknown') && stepOf(draft, each).compensation !== undefined
  })
  if (name === undefined) end(draft, 'compensated')
  else attempt(draft, name, true, 1)
}

export function end(draft: Draft, status: Extract<HookName, 'completed' | 'compensated' | 'givenUp'>): void {
  const isFirst = !draft.state.hasEnded
  change(draft, { status, outstanding: null, stuck: false, hasEnded: true })
  draft.timer = null
  note(draft, { kind: status })
  if (isFirst) callHook(draft, status)
}

/** Past the pivot there is no way back. */
export function isPastPivot({ definition: { pivot }, state }: Draft): boolean {
  return pivot !== undefined && state.steps[pivot]?.status === 'done'
}
