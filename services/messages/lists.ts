import type { EventState } from '@relevo/outbox'
import type pg from 'pg'
import { cutPage, type Page } from './page.ts'
import { type EventRow, listEvents, listSentEvents, listUnsentEvents } from './sql/listEvents.ts'
import { listMessages, type MessageRow } from './sql/listMessages.ts'
import { readStats, type StatsRow } from './sql/readStats.ts'
import { stateNames } from './states.ts'

/** The events of a page, as GET /eventos answers them. */
export async function findEvents(pool: pg.Pool, page: Page & { state: EventState | undefined }) {
  const { rows: found } = await readEventRows(pool, page)
  const { rows, next } = cutPage(found.map(toEvento), page)
  return { count: rows.length, eventos: rows, ...(next && { next_cursor: next }) }
}

function readEventRows(pool: pg.Pool, { before, limit, state }: Page & { state: EventState | undefined }) {
  if (state === undefined) return pool.query<EventRow>(listEvents, [before, limit + 1])
  return pool.query<EventRow>(state === 'E' ? listSentEvents : listUnsentEvents, [before, limit + 1, state])
}

function toEvento({ id, content, estado, intentos, error, created_at }: EventRow) {
  return {
    id: Number(id),
    content,
    estado: stateNames[estado],
    intentos,
    ...(error !== null && { error_message: error }),
    created_at,
  }
}

/** The processed messages of a page, as GET /messages answers them. */
export async function findMessages(pool: pg.Pool, page: Page) {
  const { rows: found } = await pool.query<MessageRow>(listMessages, [page.before, page.limit + 1])
  const messages = found.map(({ id, evento_id, ...row }) => ({
    id: Number(id),
    content: row.content,
    evento_id: Number(evento_id),
    created_at: row.created_at,
  }))
  const { rows, next } = cutPage(messages, page)
  return { count: rows.length, messages: rows, ...(next && { next_cursor: next }) }
}

/** So many unsent events are counted one by one; more would make the answer slow. */
const countLimit = 100_000

/** Events by state, as GET /stats answers them. */
export async function findStats(pool: pg.Pool) {
  const { rows } = await pool.query<StatsRow>(readStats, [countLimit])
  const counts: StatsRow = rows[0] ?? { P: '0', E: '0', X: '0' }
  const eventos = (['P', 'E', 'X'] as const).map((state) => ({
    procesado: state,
    descripcion: stateNames[state],
    cantidad: Number(counts[state]),
  }))
  return { total: eventos.reduce((sum, { cantidad }) => sum + cantidad, 0), eventos }
}
