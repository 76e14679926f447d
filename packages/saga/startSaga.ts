import type { MaybePipelined } from '@relevo/inbox'
import { currentOrigin, withOrigin } from '@relevo/origin'
import { isStorable, type NewEvent, type Queryable } from '@relevo/outbox'
import { validate as isUuid, version as uuidVersion, v7 as uuidv7 } from 'uuid'
import { advance } from './advance.ts'
import { collectChanges } from './changes.ts'
import { newSaga } from './decide/decide.ts'
import type { SagaDefinition } from './definition.ts'
import { SagaError } from './sagaError.ts'
import type { SagaState } from './state.ts'
import { refusePool } from './transaction.ts'

export interface StartOptions {
  /** What the saga is about, for example an order's id, and the default key of its commands. Default: the saga's id. */
  readonly key?: string
  /** A new UUID of version 7, for who has to name the saga at the same time; default: one that is made here. */
  readonly id?: string
  /** To be recorded by the outbox together with the first commands, in one call. */
  readonly events?: readonly NewEvent[]
}

/**
 * Starts a saga in the caller's open transaction: its state, its first commands and its timer are there once that commits,
 * or none of them. Call it late: it locks the keys of its commands until then, as `enqueue` does.
 * @throws SagaError `invalidInput` or `unstorable`; OutboxError for a command that cannot be sent; the errors of `client`.
 */
export async function startSaga<Input, Data>(
  client: Queryable,
  definition: SagaDefinition<Input, Data>,
  input: Input,
  options: StartOptions = {},
): Promise<SagaState<Data>> {
  refusePool(client)
  const { id = uuidv7(), key = id, events = [] } = options
  if (!isUuid(id) || uuidVersion(id) !== 7)
    throw new SagaError('invalidInput', "A saga's id must be a UUID of version 7.")
  if (typeof key !== 'string' || key === '' || !isStorable(key))
    throw new SagaError('invalidInput', "A saga's key must be a text that is not empty, without U+0000.")
  const started = { state: newSaga(definition, id, key), revision: 0 }
  const changes = collectChanges(client as Queryable & MaybePipelined)
  // The events and the saga have one beginning, also where nothing is known of it.
  const { saga } = await withOrigin(currentOrigin() ?? {}, () => {
    changes.tx.record(events)
    return advance(changes, definition, started, { kind: 'started', input })
  })
  await changes.write()
  return saga.state as SagaState<Data>
}
