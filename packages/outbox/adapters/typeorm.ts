import type { Queryable } from '../event.ts'
import { checkTransaction, enqueueBy } from './recorder.ts'

/** The part of TypeORM's EntityManager that the adapter uses. */
export interface TypeOrmManager {
  readonly queryRunner?: { readonly isTransactionActive: boolean } | undefined
  // biome-ignore lint/suspicious/noExplicitAny: as TypeORM declares it
  query(query: string, parameters?: any[]): Promise<any>
}

const next = 'Pass the `manager` of `dataSource.transaction(async (manager) => …)`.'

/** Makes the manager of a TypeORM transaction usable by @relevo/outbox and @relevo/event-store. @throws OutboxError `noTransaction`. */
export function toQueryable(manager: TypeOrmManager): Queryable {
  checkTransaction(manager.queryRunner?.isTransactionActive === true, next)
  return { query: async (text, values) => ({ rows: await manager.query(text, values) }) }
}

export const enqueue = enqueueBy(toQueryable)
