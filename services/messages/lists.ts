import type { Page } from '@relevo/kit'
import { countByState, type EventState, type ListedEvent, listEvents } from '@relevo/outbox'
import type pg from 'pg'
import { listMessages } from './sql/listMessages.ts'
import { stateNames } from './states.ts'

/** The bytes of a page: a thousand messages of 256 KiB would take hundreds of MB to answer. */
const maxPageBytes = 1_048_576

export type EventsPage = Page & { readonly estado?: EventState | undefined }

/** The events of a page, as GET /eventos answers them. */
export async function findEvents(pool: pg.Pool, { cursor, limit, estado }: EventsPage) {
  const page = { before: cursor, limit, state: estado, maxBytes: maxPageBytes }
  const { events, next } = await listEvents(pool, page)
  return { count: events.length, eventos: events.map(toEvento), ...nextCursor(next) }
}

function nextCursor(next: number | undefined) {
  return next === undefined ? {} : { next_cursor: String(next) }
}

function toEvento({ id, payload, state, attempts, error, createdAt }: ListedEvent) {
  return {
    id,
    content: contentOf(JSON.parse(payload)),
    estado: stateNames[state],
    intentos: attempts,
    ...(error !== null && { error_message: error }),
    created_at: createdAt,
  }
}

/** Of events that others have recorded: whatever text there is, or none. */
function contentOf(payload: { readonly content?: unknown } | null): string | null {
  const content = payload?.content
  return typeof content === 'string' ? content : content == null ? null : JSON.stringify(content)
}

/** The processed messages of a page, as GET /messages answers them. */
export async function findMessages(pool: pg.Pool, page: Page) {
  const { messages, next } = await listMessages(pool, page, maxPageBytes)
  return { count: messages.length, messages, ...nextCursor(next) }
}

/** Events by state, as GET /stats answers them. */
export async function findStats(pool: pg.Pool) {
  const counts = await countByState(pool)
  const eventos = (['P', 'E', 'X'] as const).map((state) => ({
    procesado: state,
    descripcion: stateNames[state],
    cantidad: counts[state],
  }))
  return { total: eventos.reduce((sum, { cantidad }) => sum + cantidad, 0), eventos }
}
