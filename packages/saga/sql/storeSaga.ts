import type { Queryable } from '@relevo/outbox'
import { SagaError } from '../sagaError.ts'
import type { HistoryEntry, SagaState } from '../state.ts'
import { toJson } from '../storable.ts'

const storeSaga = `
select saga.store($1::uuid, $2, $3::smallint, $4, $5, $6::integer, $7, $8, $9, $10::float8, $11, $12::integer,
  $13::boolean, $14::integer, $15::boolean, $16, $17::text[])::text as stored`

export interface Storing {
  /** As it was read; 0 for a new saga. */
  readonly revision: number
  readonly timer: number | null | 'keep'
  readonly history: readonly HistoryEntry[]
  /** What to count: see `saga.tally`. */
  readonly tallied: readonly string[]
}

/**
 * Stores a saga with its timer and what is new in its history.
 * @throws SagaError `unstorable`, or `changedMeanwhile` when somebody has written it since it was read.
 */
export async function store(tx: Queryable, state: SagaState, storing: Storing): Promise<void> {
  const { id, key, name, version, status, data, ...rest } = state
  const { outstanding, reason, stuck } = state
  const { revision, timer, history, tallied } = storing
  const dueInMs = outstanding === null ? null : timer === 'keep' ? -1 : timer
  const { rows } = await tx.query(storeSaga, [
    id,
    name,
    version,
    key,
    status,
    revision,
    toJson(data, `The data of saga ${name}`),
    toJson(rest, `The state of saga ${name}`),
    reason?.code ?? null,
    dueInMs,
    outstanding?.step ?? null,
    outstanding?.attempt ?? null,
    outstanding?.undo ?? null,
    outstanding?.tries ?? null,
    stuck,
    toJson(history, `The history of saga ${name}`),
    tallied,
  ])
  if (rows[0]?.stored !== 'true')
    throw new SagaError('changedMeanwhile', `Saga ${id} was changed by somebody who had not locked it.`)
}
