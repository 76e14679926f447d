import { InboxError, type MaybePipelined, together } from '@relevo/inbox'
import { isStorable, type Queryable } from '@relevo/outbox'
import { validate as isUuid } from 'uuid'
import { advance, send } from './advance.ts'
import type { SagaCommand } from './definition.ts'
import type { Registry } from './registry.ts'
import { SagaError } from './sagaError.ts'
import { type AddressedReply, isKnown, keepLateReply } from './sql/lateReplies.ts'
import { type LockedSaga, lock } from './sql/lockSagas.ts'
import { park } from './sql/parkedEvents.ts'
import type { SagaEvent } from './state.ts'

/** What of an inbox's event is needed. */
export interface ReplyEvent {
  readonly id: string
  readonly type: string
  readonly data: unknown
}

/**
 * Takes replies into their sagas, in the transaction that marks them as consumed. Their sagas are locked in the order of
 * their ids, and go on at the same time where the connection is pipelined. Replies to sagas that are not there or wait for something else are kept as late ones; those to sagas of a
 * version that this process does not have are left to one that does.
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
  const works = [...bySaga].map(
    ([sagaId, ofSaga]) =>
      () =>
        takeAll(tx, registry, sagas.get(sagaId), ofSaga),
  )
  const commands = await together(tx as MaybePipelined, works)
  await send(tx, commands.flat())
}

/** The replies to one saga, in their order; returns its commands. Undefined: there is no such saga. */
async function takeAll(
  tx: Queryable,
  registry: Registry,
  saga: LockedSaga | undefined,
  replies: readonly AddressedReply[],
): Promise<SagaCommand[]> {
  const commands: SagaCommand[] = []
  let current = saga
  for (const reply of replies) {
    if (current === undefined) {
      await keepLateReply(tx, reply, { treatment: 'unknownSaga', name: null })
      continue
    }
    const next = await take(tx, registry, current, reply)
    if (next === undefined) continue
    current = next.saga
    commands.push(...next.commands)
  }
  return commands
}

interface Taken {
  readonly saga: LockedSaga
  readonly commands: readonly SagaCommand[]
}

/** Undefined: the saga stays as it is. */
async function take(
  tx: Queryable,
  registry: Registry,
  saga: LockedSaga,
  reply: AddressedReply,
): Promise<Taken | undefined> {
  const { sagaId, eventId, step, attempt, type, data } = reply
  const event: SagaEvent = { kind: 'reply', step, attempt, type, data }
  const definition = registry.find(saga.state.name, saga.state.version)
  if (definition === undefined) {
    await park(tx, sagaId, event, eventId)
    return undefined
  }
  return takeReply(tx, { definition, saga, reply })
}

interface Taking {
  readonly definition: NonNullable<ReturnType<Registry['find']>>
  readonly saga: LockedSaga
  readonly reply: AddressedReply
}

/** Takes one reply into its locked saga. One that was late before is not treated again. */
export async function takeReply(
  tx: Queryable,
  { definition, saga, reply }: Taking,
): Promise<Taken | undefined> {
  const { step, attempt, type, data } = reply
  if (!isAwaited(saga, reply) && (await isKnown(tx, reply))) return undefined
  const event: SagaEvent = { kind: 'reply', step, attempt, type, data }
  const next = await advance(tx, definition, saga, event)
  if (next.late !== undefined) await keepLateReply(tx, reply, { treatment: next.late, name: saga.state.name })
  return next
}

function isAwaited({ state: { outstanding } }: LockedSaga, { step, attempt }: AddressedReply): boolean {
  return outstanding?.step === step && outstanding.attempt === attempt && !outstanding.answered
}

function addressOf({ id, type, data }: ReplyEvent): AddressedReply {
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
  return { sagaId: sagaId.toLowerCase(), step, attempt: attempt as number, type, data, eventId: id }
}

/** What a participant puts into its reply: the address of the command that it answers. */
export function replyAddress(command: unknown): { saga_id: string; step: string; attempt: number } {
  const { saga_id, step, attempt } = (command ?? {}) as Record<string, unknown>
  if (typeof saga_id !== 'string' || typeof step !== 'string' || typeof attempt !== 'number')
    throw new SagaError('invalidInput', 'This is no command of a saga: it has no saga_id, step and attempt.')
  return { saga_id, step, attempt }
}
