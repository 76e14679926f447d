import type { AnySaga, HookName, SagaCommand, SagaFacts, Step } from '../definition.ts'
import type { CommandResult, HistoryEntry, LateTreatment, SagaState, StepState } from '../state.ts'

/** Work in the saga's transaction; the outcome of a local step comes back as the next event. */
export type Effect =
  | {
      readonly kind: 'hook'
      readonly hook: HookName
      /** As they are there, since the decision may go on. */
      readonly data: unknown
      readonly saga: SagaFacts
    }
  | { readonly kind: 'local'; readonly step: string; readonly attempt: number; readonly undo: boolean }

/** The decision on an event of a saga. */
export interface Decision {
  readonly state: SagaState
  readonly commands: readonly SagaCommand[]
  /** In order; a local step is the last. */
  readonly effects: readonly Effect[]
  /** Until the attempt times out; null: no timer; `keep`: the timer stays as it is. */
  readonly timer: number | null | 'keep'
  readonly history: readonly HistoryEntry[]
  readonly late?: LateTreatment
  readonly result?: CommandResult
}

/** A decision under construction, changed only by the functions of this folder. */
export interface Draft {
  readonly definition: AnySaga
  state: SagaState
  readonly commands: SagaCommand[]
  readonly effects: Effect[]
  timer: number | null | 'keep'
  readonly history: HistoryEntry[]
  late?: LateTreatment
  result?: CommandResult
}

export function draftOf(definition: AnySaga, state: SagaState): Draft {
  return { definition, state, commands: [], effects: [], timer: 'keep', history: [] }
}

export function change(draft: Draft, changes: Partial<SagaState>): void {
  draft.state = { ...draft.state, ...changes }
}

export function changeStep(draft: Draft, name: string, changes: Partial<StepState>): void {
  const before = draft.state.steps[name] ?? { status: 'outstanding', attempts: 0 }
  change(draft, { steps: { ...draft.state.steps, [name]: { ...before, ...changes } } })
}

export function note(draft: Draft, entry: HistoryEntry): void {
  draft.history.push(entry)
}

// biome-ignore lint/suspicious/noExplicitAny: a definition's data are its own
export function stepOf(draft: Draft, name: string): Step<any> {
  const step = draft.definition.steps[name]
  if (step === undefined) throw new Error(`Saga ${draft.definition.name} has no step ${name}`)
  return step
}

export function factsOf({ id, key, status, reason, cancelRequested }: SagaState): SagaFacts {
  return { id, key, status, reason, cancelRequested }
}

/** Makes the transaction run the definition's hook, if there is one. */
export function callHook(draft: Draft, hook: HookName): void {
  const { definition, state, effects } = draft
  if (definition.on?.[hook]) effects.push({ kind: 'hook', hook, data: state.data, saga: factsOf(state) })
}

/** The command with what its reply must echo. */
export function addressed(
  command: SagaCommand,
  state: SagaState,
  step: string,
  attempt: number,
): SagaCommand {
  return {
    ...command,
    key: command.key ?? state.key,
    payload: { ...command.payload, saga_id: state.id, step, attempt },
  }
}
