import type { Queryable } from '../event.ts'
import { checkTransaction, enqueueBy } from './recorder.ts'

/** The part of an interactive Prisma transaction that the adapter uses. */
export interface PrismaTransaction {
  // biome-ignore lint/suspicious/noExplicitAny: as Prisma declares it
  $queryRawUnsafe<Rows = any>(query: string, ...values: any[]): PromiseLike<Rows>
}

const next = 'Pass the `tx` of `prisma.$transaction(async (tx) => …)`, not `prisma`.'

/**
 * Makes an interactive Prisma transaction usable by @relevo/outbox and @relevo/event-store. Prisma ends it after `timeout`,
 * 5 s by default, even while `enqueue` waits for another transaction with the key: P2028, which is safe to retry.
 * @throws OutboxError `noTransaction`.
 */
export function toQueryable(tx: PrismaTransaction): Queryable {
  checkTransaction(!('$connect' in tx), next)
  return { query: async (text, values = []) => ({ rows: await tx.$queryRawUnsafe(text, ...values) }) }
}

export const enqueue = enqueueBy(toQueryable)
