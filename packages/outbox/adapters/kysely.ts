import { CompiledQuery, type Transaction } from 'kysely'
import type { Queryable } from '../event.ts'
import { checkTransaction, enqueueBy } from './recorder.ts'

const next = 'Pass the `trx` of `db.transaction().execute(async (trx) => …)`.'

/** Makes a Kysely transaction usable by @relevo/outbox and @relevo/event-store. @throws OutboxError `noTransaction`. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the tables are
export function toQueryable(trx: Transaction<any>): Queryable {
  checkTransaction(trx.isTransaction, next)
  const plain = trx.withoutPlugins() // which may rename columns
  return {
    query: async (text, values = []) => ({
      rows: (await plain.executeQuery(CompiledQuery.raw(text, values))).rows,
    }),
  }
}

export const enqueue = enqueueBy(toQueryable)
