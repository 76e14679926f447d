import { type Origin, withOrigin } from '@relevo/origin'
import type { Changes, SagaTransaction } from './changes.ts'
import { decide, decideLocal } from './decide/decide.ts'
import { type Decision, type Effect, factsOf } from './decide/decision.ts'
import type { AnySaga, LocalResult } from './definition.ts'
import { isLocal } from './definition.ts'
import { originIn } from './originIn.ts'
import { upgrade } from './registry.ts'
import { SagaError } from './sagaError.ts'
import type { LockedSaga } from './sql/lockSagas.ts'
import type { CommandResult, HistoryEntry, LateTreatment, SagaEvent, SagaState } from './state.ts'

/** The outcome of an event for a saga. */
export interface Advance {
  /** The state to be stored; the row is still locked. */
  readonly saga: LockedSaga
  readonly late: LateTreatment | undefined
  readonly result: CommandResult | undefined
}

/**
 * Decides on an event of a saga, runs the decision's work in the transaction, and adds what has to be
 * stored and sent to the changes. The saga's row is locked, or new (revision 0).
 * @throws SagaError; the errors of the definition's functions and of `tx`.
 */
export function advance(
  changes: Changes,
  definition: AnySaga,
  saga: LockedSaga,
  event: SagaEvent,
): Promise<Advance> {
  const origin = originIn(saga.state)
  return withOrigin(origin, () => advanceFrom(origin, changes, { definition, saga, event }))
}

interface Advancing {
  readonly definition: AnySaga
  readonly saga: LockedSaga
  readonly event: SagaEvent
}

async function advanceFrom(
  origin: Origin,
  changes: Changes,
  { definition, saga, event }: Advancing,
): Promise<Advance> {
  const { tx } = changes
  const { state: before, history: upgraded } = upgrade(definition, saga.state)
  const parts: Decision[] = [decide(definition, before, await withRefusal(tx, definition, before, event))]
  for (let last = parts[0]; last; ) {
    last = await runEffects(tx, definition, last)
    if (last) parts.push(last)
  }
  const decided = (parts.at(-1) as Decision).state
  const history = [...upgraded, ...parts.flatMap((part) => part.history)]
  const isChanged = decided !== saga.state || history.length > 0
  const state = isChanged ? { ...decided, origin } : decided
  if (isChanged)
    changes.store({
      state,
      revision: saga.revision,
      timer: parts.findLast(({ timer }) => timer !== 'keep')?.timer ?? 'keep',
      history,
      tallied: tallyOf(event, history),
    })
  changes.send(parts.flatMap(({ commands }) => commands))
  return {
    saga: isChanged ? { state, revision: saga.revision + 1 } : saga,
    late: parts[0]?.late,
    result: parts.findLast(({ result }) => result !== undefined)?.result,
  }
}

/** Asks the definition whether a completed saga may be undone. */
async function withRefusal(
  tx: SagaTransaction,
  definition: AnySaga,
  state: SagaState,
  event: SagaEvent,
): Promise<SagaEvent> {
  const undoes = event.kind === 'cancel' || (event.kind === 'operator' && event.command === 'compensate')
  if (!undoes || state.status !== 'completed') return event
  const refusal = await definition.refuseUndo?.(tx, state.data, factsOf(state))
  return refusal === undefined ? event : { ...event, refusal }
}

/** A local step is the last effect; its outcome leads to another decision. */
async function runEffects(
  tx: SagaTransaction,
  definition: AnySaga,
  { state, effects }: Decision,
): Promise<Decision | undefined> {
  for (const effect of effects) {
    if (effect.kind === 'hook') await definition.on?.[effect.hook]?.(tx, effect.data, effect.saga)
    else return decideLocal(definition, state, effect, await runLocal(tx, definition, state, effect))
  }
  return undefined
}

async function runLocal(
  tx: SagaTransaction,
  definition: AnySaga,
  state: SagaState,
  { step: name, undo }: Extract<Effect, { kind: 'local' }>,
): Promise<LocalResult<unknown> | undefined> {
  const step = definition.steps[name]
  const { data } = state
  const facts = factsOf(state)
  if (!undo && step?.local) return (await step.local(tx, data, facts)) ?? undefined
  if (!undo || !step?.compensation || !isLocal(step.compensation))
    throw new SagaError('invalidDefinition', `Step ${name} has nothing to run here`)
  await step.compensation.local(tx, data, facts)
  return undefined
}

/** Counts the start and every end; a saga whose late reply is undone ends once more. */
function tallyOf(event: SagaEvent, history: readonly HistoryEntry[]): string[] {
  const ends = history.filter(
    ({ kind }) => kind === 'completed' || kind === 'compensated' || kind === 'givenUp',
  )
  return [...(event.kind === 'started' ? ['started'] : []), ...ends.map(({ kind }) => kind)]
}
