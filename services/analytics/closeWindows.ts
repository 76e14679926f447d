import { inTransaction, type Logger, type SqlClient } from '@relevo/kit'
import type pg from 'pg'
import { reportLines, toAnswer } from './domain/formatReport.ts'
import { type Report, revise } from './domain/report.ts'
import { windowEnd, windowStart } from './domain/window.ts'
import {
  type Closing,
  findReported,
  findWindows,
  lockClosing,
  readClosing,
  setClosedUntil,
} from './sql/closing.ts'
import { computeSpans } from './sql/computeSpans.ts'
import { insertReports, lastReports } from './sql/reports.ts'
import { deleteTouched, readTouched, type Touch } from './sql/touchWindows.ts'

export interface WindowSettings {
  readonly windowMinutes: number
  readonly graceSeconds: number
}

/** Finds the time before which every event has been counted; undefined when that is not known of any. */
export type FindWatermark = () => Promise<Date | undefined>

/**
 * Closes the windows that are due and revises those that have changed, in one transaction, so that several replicas report
 * each once. @returns the new reports, in the order of their windows. @throws pg's errors; those of `findWatermark`.
 */
export async function closeWindows(
  pool: pg.Pool,
  settings: WindowSettings,
  findWatermark: FindWatermark,
): Promise<Report[]> {
  const before = await readClosing(pool, settings.windowMinutes)
  // Kafka is asked once a window, not once a look.
  const watermark = isDue(before, settings) ? await findWatermark() : undefined
  const until = watermark && closedBy(watermark, settings)
  const closes = until !== undefined && (before.closedUntil === undefined || until > before.closedUntil)
  if (!closes && !before.touched) return []
  return inTransaction(pool, async (client) => {
    if (!(await lockClosing(client))) return []
    return report(client, settings.windowMinutes, until)
  })
}

function isDue({ now, closedUntil }: Closing, settings: WindowSettings): boolean {
  return closedUntil === undefined || closedBy(now, settings) > closedUntil
}

/** Every window that begins before it has ended, grace included. */
function closedBy(watermark: Date, { graceSeconds, windowMinutes }: WindowSettings): Date {
  return windowStart(new Date(watermark.getTime() - graceSeconds * 1_000), windowMinutes)
}

const touchesAtOnce = 10_000
/** Of each, the state of every product is looked up. */
const windowsAtOnce = 50

async function report(client: SqlClient, minutes: number, wanted: Date | undefined): Promise<Report[]> {
  const { closedUntil } = await readClosing(client, minutes)
  const until = later(closedUntil, wanted)
  // Read first: what is contributed after this look has a touch that is still there at the next one.
  const touches = await readTouched(client, touchesAtOnce)
  const reports: Report[] = []
  const windows = until ? await windowsToReport(client, minutes, { touches, closedUntil, until }) : []
  for (let first = 0; first < windows.length; first += windowsAtOnce) {
    const some = windows.slice(first, first + windowsAtOnce)
    reports.push(...(await reviseWindows(client, minutes, some, closedUntil)))
  }
  await deleteTouched(client, touches)
  if (until && until !== closedUntil) await setClosedUntil(client, minutes, until)
  return reports
}

function later(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return other > one ? other : one
}

interface Closed {
  readonly touches: readonly Touch[]
  readonly closedUntil: Date | undefined
  readonly until: Date
}

/** The windows that close now, and those that were closed before and may have changed. */
async function windowsToReport(
  client: SqlClient,
  minutes: number,
  { touches, closedUntil, until }: Closed,
): Promise<Date[]> {
  const touched = touches.map(({ minute }) => windowStart(minute, minutes))
  const first = touches.filter(({ onwards }) => onwards).map(({ minute }) => minute.getTime())
  const from = first.length > 0 ? windowStart(new Date(Math.min(...first)), minutes) : undefined
  const closing = await findWindows(client, minutes, { from: closedUntil, to: until })
  const onwards = from && closedUntil ? await findReported(client, minutes, { from, to: closedUntil }) : []
  const starts = [...touched.filter((start) => start < until), ...closing, ...onwards]
  return [...new Set(starts.map((start) => start.getTime()))]
    .sort((a, b) => a - b)
    .map((time) => new Date(time))
}

async function reviseWindows(
  client: SqlClient,
  minutes: number,
  starts: readonly Date[],
  closedUntil: Date | undefined,
): Promise<Report[]> {
  const last = new Map(
    (await lastReports(client, minutes, starts)).map((each) => [each.start.getTime(), each]),
  )
  const spans = await computeSpans(
    client,
    starts.map((start) => ({ start, end: windowEnd(start, minutes) })),
  )
  const reports = spans.flatMap((span) => {
    const wasClosed = closedUntil !== undefined && span.start < closedUntil
    return revise(last.get(span.start.getTime()), span, wasClosed) ?? []
  })
  await insertReports(client, minutes, reports)
  return reports
}

const mostLogged = 20

/** Writes the reports as the log of the seed has them: the newest, when there are many at once. */
export function logReports(logger: Pick<Logger, 'info'>, reports: readonly Report[], currency: string): void {
  const left = reports.length - mostLogged
  if (left > 0) logger.info({ reports: left }, 'reports of earlier windows are stored, and not written here')
  for (const { start, end, revision, lateEvents, figures } of reports.slice(-mostLogged)) {
    const facts = { window: { start, end, revision, late_events: Number(lateEvents) } }
    logger.info({ ...facts, report: toAnswer(figures, currency) }, '📊 WINDOW REPORT')
    for (const line of reportLines(figures, currency)) logger.info(facts, line)
  }
}
