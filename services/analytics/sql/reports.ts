import type { SqlClient } from '@relevo/kit'
import { metrics, type Report } from '../domain/report.ts'
import { windowEnd } from '../domain/window.ts'
import { type FigureRow, toFigures } from './computeSpans.ts'

const figures = metrics.join(', ')
const columns = `window_minutes, window_start, revision, late_events, closed_at, ${figures}`

/** A report as it is stored. */
export interface StoredReport extends Report {
  readonly closedAt: Date
}

type Row = FigureRow & {
  readonly window_minutes: number
  readonly window_start: Date
  readonly revision: number
  readonly late_events: string
  readonly closed_at: Date
}

function toReport(row: Row): StoredReport {
  const { window_start: start, revision, window_minutes: minutes, closed_at: closedAt } = row
  const end = windowEnd(start, minutes)
  return { start, end, revision, closedAt, lateEvents: BigInt(row.late_events), figures: toFigures(row) }
}

const insertSql = `
insert into window_report (window_minutes, window_start, revision, late_events, ${figures})
select $1, g.* from unnest($2::timestamptz[], $3::integer[], $4::bigint[], ${metrics.map((_, n) => `$${n + 5}::numeric[]`).join(', ')}) g`

/** Stores reports of windows of so many minutes. */
export async function insertReports(
  client: SqlClient,
  minutes: number,
  reports: readonly Report[],
): Promise<void> {
  if (reports.length === 0) return
  await client.query(insertSql, [
    minutes,
    reports.map(({ start }) => start),
    reports.map(({ revision }) => revision),
    reports.map(({ lateEvents }) => String(lateEvents)),
    ...metrics.map((metric) => reports.map((report) => String(report.figures[metric]))),
  ])
}

const lastSql = `
select distinct on (window_start) ${columns} from window_report
where window_minutes = $1 and window_start = any($2::timestamptz[])
order by window_start, revision desc`

/** The last reports of the windows that begin at these times, as far as they have some. */
export async function lastReports(
  client: SqlClient,
  minutes: number,
  starts: readonly Date[],
): Promise<StoredReport[]> {
  return (await client.query<Row>(lastSql, [minutes, starts])).rows.map(toReport)
}

const listSql = `
select ${columns} from window_report r
where window_minutes = $1 and window_start >= $2 and window_start < $3
  and revision = (select max(revision) from window_report n
    where n.window_minutes = r.window_minutes and n.window_start = r.window_start)
order by window_start desc limit $4`

/** The last reports of the windows that begin in [from, to), the newest first. */
export async function listReports(
  client: SqlClient,
  minutes: number,
  { from, to, limit }: { readonly from: Date; readonly to: Date; readonly limit: number },
): Promise<StoredReport[]> {
  const query = { name: 'list_reports', text: listSql, values: [minutes, from, to, limit] }
  return (await client.query<Row>(query)).rows.map(toReport)
}

const revisionsSql = `
select ${columns} from window_report
where window_minutes = $1 and window_start = $2 order by revision desc limit $3`

/** The reports of one window, the newest first. */
export async function listRevisions(
  client: SqlClient,
  minutes: number,
  start: Date,
  limit: number,
): Promise<StoredReport[]> {
  return (await client.query<Row>(revisionsSql, [minutes, start, limit])).rows.map(toReport)
}

const sums = metrics.map((metric) => `coalesce(sum(${metric}), 0) as ${metric}`).join(', ')
const sumSql = `
select count(*) as windows, count(*) filter (where revision > 1) as revised,
  coalesce(sum(late_events), 0) as late_events, ${sums}
from window_report r
where window_minutes = $1 and window_start >= $2 and window_start < $3
  and revision = (select max(revision) from window_report n
    where n.window_minutes = r.window_minutes and n.window_start = r.window_start)`

export interface ReportSum {
  readonly windows: number
  readonly revised: number
  readonly lateEvents: number
  /** States are summed up as well, which means nothing. */
  readonly figures: Report['figures']
}

/** The sum of the last reports of the windows that begin in [from, to). */
export async function sumReports(
  client: SqlClient,
  minutes: number,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<ReportSum> {
  type SumRow = FigureRow & { windows: string; revised: string; late_events: string }
  const { rows } = await client.query<SumRow>(sumSql, [minutes, from, to])
  const row = rows[0] as SumRow
  const { windows, revised, late_events } = row
  return {
    windows: Number(windows),
    revised: Number(revised),
    lateEvents: Number(late_events),
    figures: toFigures(row),
  }
}
