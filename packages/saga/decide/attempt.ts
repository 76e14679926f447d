import { type CompensationRequest, isLocal, isRequest, type Patience } from '../definition.ts'
import { SagaError } from '../sagaError.ts'
import type { HistoryEntry, Outstanding } from '../state.ts'
import { addressed, change, changeStep, type Draft, factsOf, note, stepOf } from './decision.ts'

const defaultStuckAfter = 5
/** Of later attempts only powers of two go into the history, so that years of attempts stay a short list. */
const notedTries = 20

/** How long attempt number `tries` may take, in milliseconds. */
export function patienceOf(
  { timeoutMs, factor = 2, maxTimeoutMs = 32 * timeoutMs }: Patience,
  tries: number,
): number {
  return Math.round(Math.min(timeoutMs * factor ** Math.min(tries - 1, 64), maxTimeoutMs))
}

/** Starts an attempt to do or undo a step: a command with a timer, or a local function. */
export function attempt(draft: Draft, name: string, undo: boolean, tries: number): void {
  const number = (draft.state.steps[name]?.attempts ?? 0) + 1
  changeStep(draft, name, { status: undo ? 'undoing' : 'outstanding', attempts: number })
  change(draft, { outstanding: { step: name, attempt: number, undo, tries, answered: false } })
  const request = requestOf(draft, name, undo)
  if (request === undefined) {
    draft.effects.push({ kind: 'local', step: name, attempt: number, undo })
    draft.timer = null
    return
  }
  const command = request.command(draft.state.data, factsOf(draft.state))
  draft.commands.push(addressed(command, draft.state, name, number))
  const timeoutMs = patienceOf(request, tries)
  awaitReply(draft, {
    kind: 'sent',
    step: name,
    attempt: number,
    ...(undo && { undo }),
    detail: { type: command.type, timeoutMs },
  })
}

/** Extends the same attempt by the time of the next one: its command is still in the participant's topic. */
export function waitOn(draft: Draft, outstanding: Outstanding): void {
  const { step, attempt: number, undo } = outstanding
  const tries = outstanding.tries + 1
  const request = requestOf(draft, step, undo)
  if (request === undefined) throw new SagaError('invalidInput', `Step ${step} waits for no reply`)
  change(draft, { outstanding: { ...outstanding, tries } })
  const timeoutMs = patienceOf(request, tries)
  const detail = { withheld: true, timeoutMs }
  awaitReply(draft, { kind: 'timedOut', step, attempt: number, ...(undo && { undo }), detail })
}

interface Awaiting extends HistoryEntry {
  readonly detail: { readonly timeoutMs: number } & Readonly<Record<string, unknown>>
}

function awaitReply(draft: Draft, entry: Awaiting): void {
  const { outstanding } = draft.state
  if (outstanding === null) return
  const { step, undo, tries } = outstanding
  draft.timer = entry.detail.timeoutMs
  if (isNoted(tries)) note(draft, entry)
  const bound = stuckAfter(draft, step, undo)
  if (bound !== undefined && tries > bound) markStuck(draft)
}

export function isNoted(tries: number): boolean {
  return tries <= notedTries || Number.isInteger(Math.log2(tries))
}

/** Raises an alert; attempts continue. */
export function markStuck(draft: Draft): void {
  const { stuck, outstanding } = draft.state
  if (stuck || outstanding === null) return
  change(draft, { stuck: true })
  const { step, attempt: number, undo } = outstanding
  note(draft, { kind: 'stuck', step, attempt: number, ...(undo && { undo }) })
}

type Request = Patience & Pick<CompensationRequest<unknown>, 'command' | 'stuckAfter'>

/** Undefined: it is done here. */
export function requestOf(draft: Draft, name: string, undo: boolean): Request | undefined {
  const step = stepOf(draft, name)
  if (!undo) return isRequest(step) ? step : undefined
  const { compensation } = step
  if (compensation === undefined) throw new SagaError('invalidDefinition', `Step ${name} cannot be undone`)
  return isLocal(compensation) ? undefined : compensation
}

/** Undefined: it gives up before it is stuck. */
function stuckAfter(draft: Draft, name: string, undo: boolean): number | undefined {
  const step = stepOf(draft, name)
  if (!undo && isRequest(step) && step.attempts !== 'forever') return undefined
  return requestOf(draft, name, undo)?.stuckAfter ?? defaultStuckAfter
}
