import type { Queryable } from '../event.ts'
import { checkTransaction, enqueueBy } from './recorder.ts'

/** The part of a Knex transaction that the adapter uses. */
export interface KnexTransaction {
  readonly isTransaction?: boolean
  isCompleted(): boolean
  // biome-ignore lint/suspicious/noExplicitAny: as Knex declares it
  raw(sql: string, bindings: readonly any[]): PromiseLike<any>
}

const next = 'Pass the `trx` of `knex.transaction(async (trx) => …)` before it has ended.'

/** Makes a Knex transaction usable by @relevo/outbox and @relevo/event-store. @throws OutboxError `noTransaction`. */
export function toQueryable(trx: KnexTransaction): Queryable {
  checkTransaction(trx.isTransaction === true && !trx.isCompleted(), next)
  return {
    query: (text, values = []) => {
      const bindings: unknown[] = []
      const statement = text.replaceAll('?', '\\?').replace(/\$(\d+)/g, (_, n) => {
        bindings.push(values[Number(n) - 1])
        return '?'
      })
      return Promise.resolve(trx.raw(statement, bindings))
    },
  }
}

export const enqueue = enqueueBy(toQueryable)
