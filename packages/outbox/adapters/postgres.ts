import type { Queryable } from '../event.ts'
import { checkTransaction, enqueueBy } from './recorder.ts'

/** The part of a postgres.js transaction that the adapter uses. */
export interface PostgresTransaction {
  // biome-ignore lint/suspicious/noExplicitAny: as postgres.js declares it
  unsafe(query: string, parameters?: any[]): PromiseLike<any[]>
  /** Present only on a transaction. */
  // biome-ignore lint/suspicious/noExplicitAny: of several forms
  savepoint(...args: any[]): unknown
}

const next = 'Pass the `tx` of `sql.begin(async (tx) => …)`, not `sql`, which uses another connection.'

/** Makes a postgres.js transaction usable by @relevo/outbox and @relevo/event-store. @throws OutboxError `noTransaction`. */
export function toQueryable(tx: PostgresTransaction): Queryable {
  checkTransaction(typeof tx.savepoint === 'function', next)
  return { query: async (text, values) => ({ rows: await tx.unsafe(text, values) }) }
}

export const enqueue = enqueueBy(toQueryable)
