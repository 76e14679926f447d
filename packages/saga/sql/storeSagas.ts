import type { Queryable } from '@relevo/outbox'
import { SagaError } from '../sagaError.ts'
import type { HistoryEntry, SagaState } from '../state.ts'
import { toJson } from '../storable.ts'

const storeSagas = 'select saga.store($1) as lost'

/** A transaction's change of a saga. */
export interface Storing {
  readonly state: SagaState
  /** The revision that was read; 0 for a new saga. */
  readonly revision: number
  readonly timer: number | null | 'keep'
  readonly history: readonly HistoryEntry[]
  /** What to count: see `saga.tally`. */
  readonly tallied: readonly string[]
}

/**
 * Stores sagas with their timers and new history lines, in one statement.
 * @throws SagaError `unstorable`, or `changedMeanwhile` if another transaction has written one since it was read.
 */
export async function store(tx: Queryable, sagas: readonly Storing[]): Promise<void> {
  if (sagas.length === 0) return
  const { rows } = await tx.query(storeSagas, [`[${sagas.map(toDocument).join()}]`])
  const lost: string | null = rows[0]?.lost ?? null
  if (lost !== null)
    throw new SagaError('changedMeanwhile', `Saga ${lost} was changed by somebody who had not locked it.`)
}

function toDocument({ state, revision, timer, history, tallied }: Storing): string {
  const { id, key, name, version, status, data, ...rest } = state
  const { outstanding, reason, stuck } = state
  const facts = {
    ...{ id, name, version, key, status, revision, reason: reason?.code ?? null, tallied },
    due_in_ms: outstanding === null ? null : timer === 'keep' ? -1 : timer,
    step: outstanding?.step ?? null,
    attempt: outstanding?.attempt ?? null,
    undo: outstanding?.undo ?? null,
    tries: outstanding?.tries ?? null,
    is_stuck: stuck,
  }
  const parts = [
    toJson(facts, `What saga ${name} waits for`).slice(0, -1),
    `"data":${toJson(data, `The data of saga ${name}`)}`,
    `"state":${toJson(rest, `The state of saga ${name}`)}`,
    `"history":${toJson(history, `The history of saga ${name}`)}}`,
  ]
  return parts.join()
}
