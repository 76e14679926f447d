import { type Handlers, ServiceError } from '@relevo/kit'
import type { consumerEndpoints } from '@relevo/kit/consumer'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import { toAnswer } from './domain/formatReport.ts'
import { type Span, sumFigures } from './domain/report.ts'
import { windowEnd, windowStart } from './domain/window.ts'
import { readClosing } from './sql/closing.ts'
import { computeSpans } from './sql/computeSpans.ts'
import { countHours } from './sql/countHours.ts'
import { listStock } from './sql/findStock.ts'
import { readClock } from './sql/readClock.ts'
import { readLastRebuild, requestRebuild } from './sql/rebuilds.ts'
import { listReports, listRevisions, type StoredReport, sumReports } from './sql/reports.ts'

export interface AnalyticsParts {
  readonly pool: pg.Pool
  /** The shop's. */
  readonly currency: string
  readonly windowMinutes: number
}

type Own = Exclude<keyof Endpoints, keyof ReturnType<typeof consumerEndpoints>>

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const mostHours = 31 * 24
const mostRevisions = 100

export function createHandlers(parts: AnalyticsParts): Pick<Handlers<Endpoints>, Own> {
  const { pool, currency, windowMinutes: minutes } = parts
  return {
    listWindows: async ({ query: { from, to, limit, cursor } }) => {
      const below = cursor === undefined ? undefined : storable(cursor * minuteMs)
      const bounds = boundsOf({ from, to })
      const until = below && below < bounds.to ? below : bounds.to
      const found = await listReports(pool, minutes, { from: bounds.from, to: until, limit: limit + 1 })
      return { body: toWindowPage(found, limit, currency) }
    },
    currentWindow: async () => {
      const start = windowStart(await readClock(pool), minutes)
      return { body: openAnswer(await computeWindow(pool, start, minutes), currency) }
    },
    getWindow: async ({ params }) => ({ body: await findWindow(parts, new Date(params.start)) }),
    summary: async ({ query }) => ({ body: await summarize(parts, query) }),
    hourly: async ({ query }) => {
      const hours = await listHours(parts, query)
      return { body: { count: hours.length, hours } }
    },
    inventory: async ({ query: { cursor, limit } }) => {
      const now = await readClock(pool)
      const found = await listStock(pool, { before: cursor, limit: limit + 1 })
      const [all] = await computeSpans(pool, [{ start: now, end: new Date(now.getTime() + minuteMs) }])
      const products = found.slice(0, limit)
      const next = found.length > limit ? products.at(-1)?.product_id : undefined
      const totals = all && toAnswer(all.figures, currency).inventory
      const page = { count: products.length, totals, products }
      return { body: { ...page, ...(next !== undefined && { next_cursor: String(next) }) } }
    },
    lastRebuild: async () => ({ body: await lastRebuild(pool) }),
    rebuild: async () => {
      const id = await requestRebuild(pool)
      if (id === undefined)
        throw new ServiceError('conflict', 'A rebuild is under way: see GET /rebuilds/last.')
      return { status: 202, body: await lastRebuild(pool) }
    },
  }
}

/** What the statistics say beside the consumer's. */
export async function findProgress(pool: pg.Pool, minutes: number): Promise<object> {
  const { closedUntil } = await readClosing(pool, minutes)
  return { closed_until: closedUntil ?? null }
}

interface Range {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

const never = new Date(0)
// Postgres knows no year 0, and JavaScript writes years beyond 9999 as Postgres does not read them.
const forever = new Date(Date.UTC(9999, 11, 31))

function boundsOf({ from, to }: Range): { readonly from: Date; readonly to: Date } {
  return {
    from: from === undefined ? never : storable(Date.parse(from)),
    to: to === undefined ? forever : storable(Date.parse(to)),
  }
}

function storable(ms: number): Date {
  return new Date(Math.min(Math.max(ms, never.getTime()), forever.getTime()))
}

function toWindowPage(found: readonly StoredReport[], limit: number, currency: string): object {
  const windows = found.slice(0, limit)
  const last = windows.at(-1)
  const next = found.length > limit && last ? String(last.start.getTime() / minuteMs) : undefined
  return {
    count: windows.length,
    windows: windows.map((each) => reportAnswer(each, currency)),
    ...(next !== undefined && { next_cursor: next }),
  }
}

function reportAnswer(
  { start, end, revision, lateEvents, closedAt, figures }: StoredReport,
  currency: string,
) {
  const about = { start, end, revision, late_events: Number(lateEvents), closed_at: closedAt }
  return { ...about, ...toAnswer(figures, currency) }
}

function openAnswer({ start, end, figures }: Span, currency: string) {
  return { start, end, revision: 0, late_events: 0, closed_at: null, ...toAnswer(figures, currency) }
}

async function computeWindow(pool: pg.Pool, start: Date, minutes: number): Promise<Span> {
  const [span] = await computeSpans(pool, [{ start, end: windowEnd(start, minutes) }])
  if (!span) throw new Error('A window was asked for and none computed')
  return span
}

async function findWindow({ pool, currency, windowMinutes: minutes }: AnalyticsParts, start: Date) {
  if (start < never || start > forever) throw new ServiceError('notFound', 'Nothing happened then.')
  const begins = windowStart(start, minutes)
  if (begins.getTime() !== start.getTime())
    throw new ServiceError(
      'notFound',
      `No window begins then; the one with that time begins at ${begins.toISOString()}.`,
    )
  const reports = await listRevisions(pool, minutes, start, mostRevisions)
  const revisions = reports.map((each) => reportAnswer(each, currency))
  if (revisions[0]) return { ...revisions[0], revisions }
  const span = await computeWindow(pool, start, minutes)
  const { closedUntil } = await readClosing(pool, minutes)
  const isOpen = closedUntil === undefined || start >= closedUntil
  if (!isOpen || span.figures.events === 0n)
    throw new ServiceError(
      'notFound',
      `Nothing happened in the window that begins at ${start.toISOString()}.`,
    )
  return { ...openAnswer(span, currency), revisions }
}

/** Closed windows by their reports, and what is open by the contributions. */
async function summarize({ pool, currency, windowMinutes: minutes }: AnalyticsParts, query: Range) {
  const { now, closedUntil = never } = await readClosing(pool, minutes)
  const bounds = boundsOf(query)
  const from = windowStart(bounds.from, minutes)
  const to = endOfWindows(query.to === undefined ? now : bounds.to, minutes)
  const closed = await sumReports(pool, minutes, { from, to: to < closedUntil ? to : closedUntil })
  const start = closedUntil > from ? closedUntil : from
  // Of a range that ends before, the span is empty and has the states at its end.
  const [open] = await computeSpans(pool, [{ start: start < to ? start : to, end: to }])
  if (!open) throw new Error('A span was asked for and none computed')
  const { windows, revised, lateEvents: late_events, figures } = closed
  const about = { from: query.from === undefined ? null : from, to, windows, revised, late_events }
  return { ...about, ...toAnswer(sumFigures(figures, open.figures), currency) }
}

/** The first end of a window that is not before. */
function endOfWindows(time: Date, minutes: number): Date {
  const start = windowStart(time, minutes)
  return start.getTime() === time.getTime() ? start : windowEnd(start, minutes)
}

async function listHours({ pool, windowMinutes: minutes }: AnalyticsParts, query: Range) {
  const { now, closedUntil } = await readClosing(pool, minutes)
  const to = query.to === undefined ? new Date(now.getTime() + hourMs) : storable(Date.parse(query.to))
  const from = storable(query.from === undefined ? to.getTime() - 25 * hourMs : Date.parse(query.from))
  if (to.getTime() - from.getTime() > mostHours * hourMs)
    throw new ServiceError('invalidRequest', `From "from" to "to" there may be ${mostHours} hours.`)
  return countHours(pool, minutes, { from: windowStart(from, 60), to, closedUntil })
}

async function lastRebuild(pool: pg.Pool) {
  const found = await readLastRebuild(pool)
  if (!found) throw new ServiceError('notFound', 'No rebuild was asked for yet: POST /rebuilds.')
  return { ...found, id: Number(found.id) }
}
