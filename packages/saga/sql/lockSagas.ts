import type { Queryable } from '@relevo/outbox'
import type { SagaState } from '../state.ts'

/** A saga whose row this transaction has locked. */
export interface LockedSaga {
  readonly state: SagaState
  readonly revision: number
}

const columns =
  'i.id::text, i.name, i.version::text, i.key, i.status, i.data::text, i.state::text, i.revision::text'

/** In the order of ids, so that two that lock several do not deadlock. */
const lockSagas = `
select ${columns} from saga.instance i where i.id = any($1::uuid[]) order by i.id for update`

const lockFreeSagas = `${lockSagas} skip locked`

export interface SagaRow {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly key: string
  readonly status: SagaState['status']
  readonly data: string
  readonly state: string
  readonly revision: string
}

/** Locks the sagas until the transaction ends; missing ones are left out. Waits for other holders. */
export async function lock(tx: Queryable, ids: readonly string[]): Promise<Map<string, LockedSaga>> {
  return toMap(await tx.query(lockSagas, [ids]))
}

/** Like {@link lock}, but skips those that another transaction has locked. */
export async function lockFree(tx: Queryable, ids: readonly string[]): Promise<Map<string, LockedSaga>> {
  return toMap(await tx.query(lockFreeSagas, [ids]))
}

/**
 * Locks a saga until the transaction ends, so that its service can decide on the saga's state. Undefined: there is none.
 * Lock it before anything that its definition changes, as the saga's own transactions do.
 */
export async function lockSaga(tx: Queryable, id: string): Promise<SagaState | undefined> {
  return (await lock(tx, [id])).get(id)?.state
}

function toMap({ rows }: { readonly rows: readonly SagaRow[] }): Map<string, LockedSaga> {
  return new Map(rows.map((row) => [row.id, { state: toState(row), revision: Number(row.revision) }]))
}

/** A saga as stored in its row. */
export function toState({ id, name, version, key, status, data, state }: SagaRow): SagaState {
  return { id, name, version: Number(version), key, status, data: JSON.parse(data), ...JSON.parse(state) }
}
