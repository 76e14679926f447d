import { enqueue, type NewEvent, type Queryable } from '@relevo/outbox'
import { decide, decideLocal } from './decide/decide.ts'
import { type Decision, type Effect, factsOf } from './decide/decision.ts'
import type { AnySaga, LocalResult, SagaCommand } from './definition.ts'
import { isLocal } from './definition.ts'
import { upgrade } from './registry.ts'
import { SagaError } from './sagaError.ts'
import type { LockedSaga } from './sql/lockSagas.ts'
import { store } from './sql/storeSaga.ts'
import type { CommandResult, HistoryEntry, LateTreatment, SagaEvent, SagaState } from './state.ts'

/** What an event has made of a saga, which is stored. */
export interface Advance {
  /** As it is stored now, still locked. */
  readonly saga: LockedSaga
  /** Not sent yet: see {@link send}. */
  readonly commands: readonly SagaCommand[]
  readonly late: LateTreatment | undefined
  readonly result: CommandResult | undefined
}

/**
 * Decides what an event makes of a saga, runs what belongs to it in the transaction, and stores all of it there. The saga's
 * row is locked, or new (revision 0).
 * @throws SagaError; the errors of the definition's functions and of `tx`.
 */
export async function advance(
  tx: Queryable,
  definition: AnySaga,
  saga: LockedSaga,
  event: SagaEvent,
): Promise<Advance> {
  const { state: before, history: upgraded } = upgrade(definition, saga.state)
  const parts: Decision[] = [decide(definition, before, await withRefusal(tx, definition, before, event))]
  for (let last = parts[0]; last; ) {
    last = await runEffects(tx, definition, last)
    if (last) parts.push(last)
  }
  const { state } = parts.at(-1) as Decision
  const history = [...upgraded, ...parts.flatMap((part) => part.history)]
  const isChanged = state !== saga.state || history.length > 0
  if (isChanged)
    await store(tx, state, {
      revision: saga.revision,
      timer: parts.findLast(({ timer }) => timer !== 'keep')?.timer ?? 'keep',
      history,
      tallied: tallyOf(event, history),
    })
  return {
    saga: isChanged ? { state, revision: saga.revision + 1 } : saga,
    commands: parts.flatMap(({ commands }) => commands),
    late: parts[0]?.late,
    result: parts.findLast(({ result }) => result !== undefined)?.result,
  }
}

/** Whether a completed saga may be undone, its definition says. */
async function withRefusal(
  tx: Queryable,
  definition: AnySaga,
  state: SagaState,
  event: SagaEvent,
): Promise<SagaEvent> {
  const undoes = event.kind === 'cancel' || (event.kind === 'operator' && event.command === 'compensate')
  if (!undoes || state.status !== 'completed') return event
  const refusal = await definition.refuseUndo?.(tx, state.data, factsOf(state))
  return refusal === undefined ? event : { ...event, refusal }
}

/** Sends commands by the outbox, of several sagas in one call, so that their keys are locked in one order. */
export async function send(tx: Queryable, commands: readonly SagaCommand[]): Promise<void> {
  await enqueue(tx, commands.map(toEvent))
}

function toEvent({ topic, type, payload, key, headers }: SagaCommand): NewEvent {
  return { topic, type, payload, ...(key !== undefined && { key }), ...(headers && { headers }) }
}

/** A local step is the last effect, and makes another decision. */
async function runEffects(
  tx: Queryable,
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
  tx: Queryable,
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

/** Started, and each end; a saga whose late reply is undone ends another time. */
function tallyOf(event: SagaEvent, history: readonly HistoryEntry[]): string[] {
  const ends = history.filter(
    ({ kind }) => kind === 'completed' || kind === 'compensated' || kind === 'givenUp',
  )
  return [...(event.kind === 'started' ? ['started'] : []), ...ends.map(({ kind }) => kind)]
}
