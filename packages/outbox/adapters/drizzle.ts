import { type SQL, sql } from 'drizzle-orm/sql'
import type { Queryable } from '../event.ts'
import { checkTransaction, enqueueBy } from './recorder.ts'

/** The part of a Drizzle transaction that the adapter uses, on node-postgres or postgres.js. */
export interface DrizzleTransaction {
  execute(query: SQL): PromiseLike<unknown>
  /** Present only on a transaction. */
  rollback(): never
}

const next = 'Pass the `tx` of `db.transaction(async (tx) => …)`.'

/** Makes a Drizzle transaction usable by @relevo/outbox and @relevo/event-store. @throws OutboxError `noTransaction`. */
export function toQueryable(tx: DrizzleTransaction): Queryable {
  checkTransaction(typeof tx.rollback === 'function', next)
  return {
    query: async (text, values = []) => {
      const result = (await tx.execute(toSql(text, values))) as Rows | { readonly rows: Rows }
      return { rows: 'rows' in result ? result.rows : result } // postgres.js answers with the rows themselves
    },
  }
}

export const enqueue = enqueueBy(toQueryable)

// biome-ignore lint/suspicious/noExplicitAny: rows of any statement
type Rows = any[]

/** Converts a statement with $1, $2 … for Drizzle; `param` keeps an array from becoming a list of parameters. */
function toSql(text: string, values: readonly unknown[]): SQL {
  const parts = text
    .split(/\$(\d+)/)
    .map((part, i) => (i % 2 === 0 ? sql.raw(part) : sql`${sql.param(values[Number(part) - 1])}`))
  return sql.join(parts)
}
