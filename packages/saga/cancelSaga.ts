import type { MaybePipelined } from '@relevo/inbox'
import { isStorable, type Queryable } from '@relevo/outbox'
import { advance } from './advance.ts'
import { collectChanges } from './changes.ts'
import type { AnySaga, SagaReason } from './definition.ts'
import { createRegistry } from './registry.ts'
import { SagaError } from './sagaError.ts'
import { lock } from './sql/lockSagas.ts'
import type { CommandResult, SagaState } from './state.ts'
import { refusePool } from './transaction.ts'

export interface Cancelled {
  readonly result: CommandResult
  readonly state: SagaState
}

/**
 * Cancels a saga in the caller's open transaction, also while a step is outstanding. `accepted`: it is being compensated;
 * `done`: there was nothing to undo, or everything is undone; `deferred`: past the pivot, it will be compensated once completed;
 * `pastPivot`, `ended`, `refused` (by the definition's `refuseUndo`): too late.
 * @throws SagaError `unknownSaga`, or `unsupportedVersion` if none of the definitions can continue it.
 */
export async function cancelSaga(
  client: Queryable,
  definitions: readonly AnySaga[],
  sagaId: string,
  reason: SagaReason,
): Promise<Cancelled> {
  refusePool(client)
  if (reason.code === '' || !isStorable(reason.code))
    throw new SagaError('invalidInput', 'A reason needs a code that is not empty, without U+0000.')
  const found = (await lock(client, [sagaId])).get(sagaId)
  if (found === undefined) throw new SagaError('unknownSaga', `There is no saga ${sagaId}.`)
  const { name, version } = found.state
  const definition = createRegistry(definitions).find(name, version)
  if (definition === undefined)
    throw new SagaError(
      'unsupportedVersion',
      `This process has no definition of saga ${name} version ${version}.`,
    )
  const changes = collectChanges(client as Queryable & MaybePipelined)
  const { saga, result } = await advance(changes, definition, found, { kind: 'cancel', reason })
  await changes.write()
  return { state: saga.state, result: result ?? 'ended' }
}
