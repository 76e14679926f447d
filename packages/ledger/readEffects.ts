import type pg from 'pg'
import type { Effect } from './history.ts'
import { readRows } from './readRows.ts'

/**
 * Reads the effects that a query lists, one per row, in its column `event`: a UUID, or the event's number in the outbox.
 * Errors: pg's.
 */
export async function* readEffects(pool: pg.Pool, query: string): AsyncGenerator<Effect, void> {
  for await (const { event } of readRows<{ event: string | number }>(pool, query))
    yield { event: typeof event === 'string' && /^\d+$/.test(event) ? Number(event) : event }
}
