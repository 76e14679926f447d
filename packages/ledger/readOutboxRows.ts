import type pg from 'pg'
import type { OutboxRow } from './history.ts'
import { readRows } from './readRows.ts'
import { listOutboxRows } from './sql/listOutboxRows.ts'

/** The rows of the outbox for these topics, ordered by id. Rows in dropped partitions are gone. Errors: pg's. */
export async function* readOutboxRows(
  pool: pg.Pool,
  options: { topics: readonly string[]; afterId?: number },
): AsyncGenerator<OutboxRow, void> {
  const values = [options.topics, options.afterId ?? 0]
  for await (const row of readRows<{ id: string; event_id: string; key: string }>(
    pool,
    listOutboxRows,
    values,
  ))
    yield { id: Number(row.id), eventId: row.event_id, key: row.key }
}
