import { enqueue } from '../enqueue.ts'
import type { NewEvent, Queryable, RecordedEvent } from '../event.ts'
import { OutboxError } from '../outboxError.ts'

/**
 * Records events in the library's open transaction, in the order given and in one round trip: see `enqueue` of @relevo/outbox.
 * @throws OutboxError, `noTransaction` if `tx` is not an open transaction; the library's errors.
 */
export type EnqueueIn<Tx> = (tx: Tx, events: readonly NewEvent[]) => Promise<RecordedEvent[]>

/** `enqueue` for transactions that `toQueryable` converts. */
export function enqueueBy<Tx>(toQueryable: (tx: Tx) => Queryable): EnqueueIn<Tx> {
  return async (tx, events) => enqueue(toQueryable(tx), events)
}

/** @throws OutboxError `noTransaction` unless it is a transaction. */
export function checkTransaction(isOpen: boolean, next: string): void {
  if (isOpen) return
  throw new OutboxError(
    'noTransaction',
    `This is no open transaction: the event would be recorded even when the change that it tells of is undone. ${next}`,
  )
}
