import type { SqlClient } from '@relevo/kit'

const lockSql = 'select pg_try_advisory_xact_lock(1919247994, 0) as locked'

/** Whether this transaction is the one that reports, until it ends; another replica is at it if not. */
export async function lockClosing(client: SqlClient): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(lockSql)
  return rows[0]?.locked === true
}

const readSql = `
select clock_timestamp() as now, (
  select nullif(closed_until, '-infinity') from closing where window_minutes = $1
) as closed_until, exists (select from touched where rebuild_id is null) as touched`

export interface Closing {
  readonly now: Date
  /** Every window that begins before is closed; undefined: none. */
  readonly closedUntil: Date | undefined
  /** Whether windows may have changed since the last look. */
  readonly touched: boolean
}

/** How far the windows of so many minutes are closed. */
export async function readClosing(client: SqlClient, minutes: number): Promise<Closing> {
  type Row = { now: Date; closed_until: Date | null; touched: boolean }
  const { rows } = await client.query<Row>({ name: 'read_closing', text: readSql, values: [minutes] })
  const { now, closed_until, touched } = rows[0] as Row
  return { now, closedUntil: closed_until ?? undefined, touched }
}

const setSql = `
insert into closing (window_minutes, closed_until) values ($1, $2)
on conflict (window_minutes) do update set closed_until = excluded.closed_until`

export async function setClosedUntil(client: SqlClient, minutes: number, until: Date): Promise<void> {
  await client.query(setSql, [minutes, until])
}

const unreportedSql = `
select distinct date_bin(make_interval(mins => $1), at, '1970-01-01T00:00:00Z') as start from (
  select at from contribution where at >= $2 and at < $3
  union all
  select placed_at from placed_order where placed_at >= $2 and placed_at < $3
) known order by start`

const reportedSql = `
select distinct window_start as start from window_report
where window_minutes = $1 and window_start >= $2 and window_start < $3 order by start`

interface Range {
  readonly from: Date | undefined
  readonly to: Date
}

/** The windows with events that begin in the range. */
export async function findWindows(client: SqlClient, minutes: number, range: Range): Promise<Date[]> {
  return find(client, unreportedSql, minutes, range)
}

/** The windows that begin in the range and have a report. */
export async function findReported(client: SqlClient, minutes: number, range: Range): Promise<Date[]> {
  return find(client, reportedSql, minutes, range)
}

async function find(client: SqlClient, sql: string, minutes: number, { from, to }: Range): Promise<Date[]> {
  const { rows } = await client.query<{ start: Date }>(sql, [minutes, from ?? '-infinity', to])
  return rows.map(({ start }) => start)
}
