import { type PageBounds, type Position, readWindowPage, type Window, windowStatements } from '@relevo/cursor'
import type pg from 'pg'
import type { EventRow } from './readStream.ts'

const statements = windowStatements({
  name: 'event_store',
  table: 'event_store.event',
  id: 'seq',
  columns: `stream, seq::text, version::text, event_id::text, type, data::text, metadata::text,
  trunc(extract(epoch from recorded_at) * 1000)::text`,
  bytes: 'bytes',
  filter: 'e.category = any($2::text[])',
})

type Columns = readonly [string, string, string, string, string, string, string | null, string, true | null]

/** An event of any stream. */
export interface NewsRow extends EventRow {
  readonly stream: string
}

/** The events of these categories in a window behind the number `afterId`. Errors: pg's. */
export async function readNews(
  client: Pick<pg.ClientBase, 'query'>,
  at: { published: Position; window: Window; afterId: number },
  categories: readonly string[],
  bounds: PageBounds,
): Promise<{ rows: NewsRow[]; complete: boolean }> {
  const read = async (statement: { name: string; text: string }, values: unknown[]): Promise<Columns[]> => {
    const { rows } = await client.query({ ...statement, values, rowMode: 'array' })
    return rows as unknown as Columns[]
  }
  const page = await readWindowPage(read, statements, at, categories, bounds)
  return { rows: page.rows.map(toNewsRow), complete: page.complete }
}

function toNewsRow([stream, seq, version, event_id, type, data, metadata, recorded_ms]: Columns): NewsRow {
  return { stream, seq, version, event_id, type, data, metadata, recorded_ms }
}
