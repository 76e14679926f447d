import { type MaybePipelined, together } from '@relevo/inbox'
import { withOriginHeaders } from '@relevo/origin'
import { enqueue, type NewEvent, type Queryable } from '@relevo/outbox'
import { v7 as uuidv7 } from 'uuid'
import type { SagaCommand } from './definition.ts'
import { type Storing, store } from './sql/storeSagas.ts'

/** A transaction as the functions of a definition have it. */
export interface SagaTransaction extends Queryable, MaybePipelined {
  /**
   * Records events by the outbox in this transaction: at its end, with the commands of all its sagas, in one call. That costs less, and
   * two transactions lock the keys of their events in one order.
   */
  record(events: readonly NewEvent[]): void
}

/** What a transaction makes of sagas, until it is written at the end: in one statement for the sagas, and one for what they send. */
export interface Changes {
  readonly tx: SagaTransaction
  store(saga: Storing): void
  send(commands: readonly SagaCommand[]): void
  /** @throws SagaError; OutboxError for what cannot be sent; the errors of the client. */
  write(): Promise<void>
}

export function collectChanges(client: Queryable & MaybePipelined): Changes {
  const stored = new Map<string, Storing>()
  const events: NewEvent[] = []
  const { pipeline } = client
  return {
    tx: {
      query: (text, values) => client.query(text, values),
      ...(pipeline !== undefined && { pipeline }),
      record: (more) => void events.push(...more.map(withOwnOrigin)),
    },
    store: (saga) => void stored.set(saga.state.id, merged(stored.get(saga.state.id), saga)),
    send: (commands) => void events.push(...commands.map(toEvent).map(withOwnOrigin)),
    write: async () => {
      await together(client, [() => store(client, [...stored.values()]), () => enqueue(client, events)])
    },
  }
}

/** Two changes of one saga as one. */
function merged(first: Storing | undefined, then: Storing): Storing {
  if (first === undefined) return then
  return {
    state: then.state,
    revision: first.revision,
    timer: then.timer === 'keep' ? first.timer : then.timer,
    history: [...first.history, ...then.history],
    tallied: [...first.tallied, ...then.tallied],
  }
}

/** They are recorded together, and each follows from what its own saga has taken. */
function withOwnOrigin(event: NewEvent): NewEvent {
  const { eventId = uuidv7() } = event
  const headers = withOriginHeaders({ eventId, headers: event.headers })
  return { ...event, eventId, ...(headers && { headers }) }
}

function toEvent({ topic, type, payload, key, headers }: SagaCommand): NewEvent {
  return { topic, type, payload, ...(key !== undefined && { key }), ...(headers && { headers }) }
}
