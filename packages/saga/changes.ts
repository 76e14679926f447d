import { type MaybePipelined, together } from '@relevo/inbox'
import { withOriginHeaders } from '@relevo/origin'
import { enqueue, type NewEvent, type Queryable } from '@relevo/outbox'
import { v7 as uuidv7 } from 'uuid'
import type { SagaCommand } from './definition.ts'
import { type Storing, store } from './sql/storeSagas.ts'

/** The transaction that a definition's functions get. */
export interface SagaTransaction extends Queryable, MaybePipelined {
  /**
   * Records events in the outbox at the end of this transaction, in one call with the commands of all its sagas. That costs less, and
   * makes two transactions lock the keys of their events in the same order.
   */
  record(events: readonly NewEvent[]): void
}

/** A transaction's changes of sagas, written at its end: one statement for the sagas, and one for what they send. */
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

/** Merges two changes of one saga. */
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

/** All are recorded together; each has as its cause what its own saga has taken. */
function withOwnOrigin(event: NewEvent): NewEvent {
  const { eventId = uuidv7() } = event
  const headers = withOriginHeaders({ eventId, headers: event.headers })
  return { ...event, eventId, ...(headers && { headers }) }
}

function toEvent({ topic, type, payload, key, headers }: SagaCommand): NewEvent {
  return { topic, type, payload, ...(key !== undefined && { key }), ...(headers && { headers }) }
}
