import { InboxError, type MaybePipelined, together } from '@relevo/inbox'
import { originOf, withOrigin } from '@relevo/origin'
import { isStorable, type Queryable } from '@relevo/outbox'
import { validate as isUuid } from 'uuid'
import { type Advance, advance } from './advance.ts'
import { type Changes, collectChanges } from './changes.ts'
import type { Registry } from './registry.ts'
import { SagaError } from './sagaError.ts'
import { type AddressedReply, isKnown, keepLateReply } from './sql/lateReplies.ts'
import { type LockedSaga, lock } from './sql/lockSagas.ts'
import { park } from './sql/parkedEvents.ts'
import type { SagaEvent } from './state.ts'

/** The part of an inbox event that replies need. */
export interface ReplyEvent {
  readonly id: string
  readonly type: string
  readonly data: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Applies replies to their sagas, in the transaction that marks them as consumed. The sagas are locked in the order of
 * their ids, and advance concurrently if the connection is pipelined. Replies to sagas that do not exist or wait for something
 * else are stored as late; replies to sagas of a version that this process lacks are left to a process that has it.
 * @throws InboxError `rejected` for a reply that does not echo saga, step and attempt; the errors of `advance`.
 */
export async function handleReplies(
  tx: Queryable,
  registry: Registry,
  events: readonly ReplyEvent[],
): Promise<void> {
  const replies = events.map(addressOf)
  const bySaga = Map.groupBy(replies, ({ sagaId }) => sagaId)
  const sagas = await lock(tx, [...bySaga.keys()])
  const changes = collectChanges(tx as Queryable & MaybePipelined)
  const works = [...bySaga].map(
    ([sagaId, ofSaga]) =>
      () =>
        takeAll(changes, registry, sagas.get(sagaId), ofSaga),
  )
  await together(changes.tx, works, works.length)
  await changes.write()
}

/** The replies to one saga, in their order. Undefined: there is no such saga. */
async function takeAll(
  changes: Changes,
  registry: Registry,
  saga: LockedSaga | undefined,
  replies: readonly AddressedReply[],
): Promise<void> {
  let current = saga
  for (const reply of replies) {
    if (current === undefined) {
      await keepLateReply(changes.tx, reply, { treatment: 'unknownSaga', name: null })
      continue
    }
    current = (await take(changes, registry, current, reply)) ?? current
  }
}

/** Undefined: the saga stays as it is. */
async function take(
  changes: Changes,
  registry: Registry,
  saga: LockedSaga,
  reply: AddressedReply,
): Promise<LockedSaga | undefined> {
  const { sagaId, eventId, step, attempt, type, data } = reply
  const event: SagaEvent = { kind: 'reply', step, attempt, type, data }
  const definition = registry.find(saga.state.name, saga.state.version)
  if (definition === undefined) {
    await park(changes.tx, sagaId, event, eventId)
    return undefined
  }
  return (await takeReply(changes, { definition, saga, reply }))?.saga
}

interface Taking {
  readonly definition: NonNullable<ReturnType<Registry['find']>>
  readonly saga: LockedSaga
  readonly reply: AddressedReply
}

/** Applies one reply to its locked saga. One that was late before is not handled again. */
export async function takeReply(
  changes: Changes,
  { definition, saga, reply }: Taking,
): Promise<Advance | undefined> {
  const { tx } = changes
  const { step, attempt, type, data } = reply
  if (!isAwaited(saga, reply) && (await isKnown(tx, reply))) return undefined
  const event: SagaEvent = { kind: 'reply', step, attempt, type, data }
  const next = await withOrigin(reply.origin, () => advance(changes, definition, saga, event))
  if (next.late !== undefined) await keepLateReply(tx, reply, { treatment: next.late, name: saga.state.name })
  return next
}

function isAwaited({ state: { outstanding } }: LockedSaga, { step, attempt }: AddressedReply): boolean {
  return outstanding?.step === step && outstanding.attempt === attempt && !outstanding.answered
}

function addressOf({ id, type, data, headers }: ReplyEvent): AddressedReply {
  const { saga_id: sagaId, step, attempt } = (data ?? {}) as Record<string, unknown>
  const isAddressed =
    typeof sagaId === 'string' &&
    isUuid(sagaId) &&
    typeof step === 'string' &&
    isStorable(step) &&
    Number.isInteger(attempt) &&
    Math.abs(attempt as number) < 2 ** 31
  if (!isAddressed)
    throw new InboxError(
      'rejected',
      `The reply ${type} does not name its saga. Echo saga_id, step and attempt of the command in its payload.`,
    )
  const origin = originOf({ id, headers })
  return { sagaId: sagaId.toLowerCase(), step, attempt: attempt as number, type, data, eventId: id, origin }
}

/** What a participant echoes in its reply: the address of the command that it answers. */
export function replyAddress(command: unknown): { saga_id: string; step: string; attempt: number } {
  const { saga_id, step, attempt } = (command ?? {}) as Record<string, unknown>
  if (typeof saga_id !== 'string' || typeof step !== 'string' || typeof attempt !== 'number')
    throw new SagaError('invalidInput', 'This is no command of a saga: it has no saga_id, step and attempt.')
  return { saga_id, step, attempt }
}
