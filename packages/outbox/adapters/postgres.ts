import type { Queryable } from '../event.ts'
import { checkTransaction, enqueueBy } from './recorder.ts'

/** What is used of a transaction of postgres.js. */
export interface PostgresTransaction {
  // biome-ignore lint/suspicious/noExplicitAny: as postgres.js declares it
  unsafe(query: string, parameters?: any[]): PromiseLike<any[]>
  /** Only a transaction has it. */
  // biome-ignore lint/suspicious/noExplicitAny: of several forms
  savepoint(...args: any[]): unknown
}

const next = 'Pass the `tx` of `sql.begin(async (tx) => …)`, not `sql`, which uses another connection.'

/** A transaction of postgres.js as what @relevo/outbox and @relevo/event-store take. @throws OutboxError `noTransaction`. */
export function toQueryable(tx: PostgresTransaction): Queryable {
  checkTransaction(typeof tx.savepoint === 'function', next)
  return { query: async (text, values) => ({ rows: await tx.unsafe(text, values) }) }
}

export const enqueue = enqueueBy(toQueryable)
