import { isRequest } from '../definition.ts'
import type { LateTreatment, SagaEvent } from '../state.ts'
import { change, changeStep, type Draft, note } from './decision.ts'
import { goBack } from './proceed.ts'

type Reply = Extract<SagaEvent, { kind: 'reply' }>

/** Nothing waits for this reply. It is stored in the table of late replies, and handled as its step declares. */
export function treatLate(draft: Draft, reply: Reply): void {
  const treatment = treatmentOf(draft, reply)
  const { step, attempt, type } = reply
  draft.late = treatment
  if (treatment !== 'compensated') return
  note(draft, { kind: 'late', step, attempt, detail: { type, treatment } })
  changeStep(draft, step, { status: 'unknown' })
  if (draft.state.status === 'compensating') return // its turn comes
  change(draft, { status: 'compensating' })
  goBack(draft)
}

/** Compensates only replies that report a step as done which the saga neither counts on nor will undo anyway. */
function treatmentOf({ definition, state }: Draft, { step: name, attempt, type }: Reply): LateTreatment {
  const step = Object.hasOwn(definition.steps, name) ? definition.steps[name] : undefined
  const known = Object.hasOwn(state.steps, name) ? state.steps[name] : undefined
  if (step === undefined || !isRequest(step) || known === undefined || attempt > known.attempts)
    return 'unexpected'
  if (!Object.hasOwn(step.done, type)) return declares(step, type) ? 'ignored' : 'unexpected'
  if (step.late !== 'compensate') return 'ignored'
  if (state.status === 'givenUp') return 'givenUp'
  switch (known.status) {
    case 'outstanding':
      return 'superseded'
    case 'unknown':
    case 'undoing':
      return 'covered'
    case 'undone':
    case 'failed':
      return 'compensated'
    default:
      return 'ignored'
  }
}

function declares(step: Parameters<typeof isRequest>[0], type: string): boolean {
  if (!isRequest(step)) return false
  const { failed = {}, busy = [], compensation } = step
  const undo = compensation && 'done' in compensation ? compensation : undefined
  const groups = [failed, undo?.done ?? {}, undo?.refused ?? {}]
  return groups.some((group) => Object.hasOwn(group, type)) || [...busy, ...(undo?.busy ?? [])].includes(type)
}
