import type { Queryable } from '../event.ts'
import { checkTransaction, enqueueBy } from './recorder.ts'

/** What is used of an interactive transaction of Prisma. */
export interface PrismaTransaction {
  // biome-ignore lint/suspicious/noExplicitAny: as Prisma declares it
  $queryRawUnsafe<Rows = any>(query: string, ...values: any[]): PromiseLike<Rows>
}

const next = 'Pass the `tx` of `prisma.$transaction(async (tx) => …)`, not `prisma`.'

/**
 * An interactive transaction of Prisma as what @relevo/outbox and @relevo/event-store take. Prisma ends it after `timeout`, 5 s by default,
 * also while `enqueue` waits for another transaction with events of the key: P2028, which is safe to retry.
 * @throws OutboxError `noTransaction`.
 */
export function toQueryable(tx: PrismaTransaction): Queryable {
  checkTransaction(!('$connect' in tx), next)
  return { query: async (text, values = []) => ({ rows: await tx.$queryRawUnsafe(text, ...values) }) }
}

export const enqueue = enqueueBy(toQueryable)
