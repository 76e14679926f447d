import type { HealthCause, HealthState } from '../domain/health.ts'
import type { Interval } from '../domain/uptime.ts'
import type { SqlClient } from './sqlClient.ts'

const endSql = `
update health_interval set ended_at = greatest(started_at, $2::timestamptz)
where service = $1 and ended_at is null and (state, cause) <> ($3, $4)`
const beginSql = `
insert into health_interval (service, state, cause, started_at)
select $1::text, $3::text, $4::text, greatest($2::timestamptz, max(ended_at)) from health_interval where service = $1
on conflict (service) where ended_at is null do nothing`

interface Begun {
  readonly service: string
  readonly state: HealthState
  readonly cause: HealthCause
  readonly since: Date
}

/** Ends the stretch that lasts and begins another; one that has begun goes on. */
export async function beginInterval(
  client: SqlClient,
  { service, state, cause, since }: Begun,
): Promise<void> {
  const values = [service, since, state, cause]
  await client.query(endSql, values)
  await client.query(beginSql, values)
}

const endAllSql = `
update health_interval set ended_at = greatest(started_at, $1::timestamptz)
where ended_at is null and ($2::text[] is null or not service = any($2))`

/** Ends what lasts of all services, or of those that are not among the names. */
export async function endIntervals(client: SqlClient, at: Date, except?: readonly string[]): Promise<void> {
  await client.query(endAllSql, [at, except ?? null])
}

const openSql = 'select service, state, cause, started_at from health_interval where ended_at is null'

type OpenRow = { service: string; state: HealthState; cause: HealthCause; started_at: Date }

/** What lasts, of each service. */
export async function listOpenIntervals(client: SqlClient): Promise<OpenRow[]> {
  return (await client.query<OpenRow>(openSql)).rows
}

const listSql = `
select id::float8 as id, state, cause, started_at, ended_at from health_interval
where service = $1 and started_at < $3 and coalesce(ended_at, 'infinity') > $2 and health_interval.id < $4
order by health_interval.id desc limit $5`

export interface StoredInterval extends Interval {
  readonly id: number
}

interface Range {
  readonly from: Date
  readonly to: Date
}

/** The stretches of a service in [from, to), the newest first. */
export async function listIntervals(
  client: SqlClient,
  service: string,
  { from, to, before, limit }: Range & { readonly before: number; readonly limit: number },
): Promise<StoredInterval[]> {
  type Row = Omit<OpenRow, 'service'> & { id: number; ended_at: Date | null }
  const { rows } = await client.query<Row>(listSql, [service, from, to, before, limit])
  return rows.map(({ id, state, cause, started_at: startedAt, ended_at }) => {
    return { id, state, cause, startedAt, endedAt: ended_at ?? undefined }
  })
}

const sumSql = `
select service, state,
  sum(extract(epoch from least(ended_at, $2::timestamptz) - greatest(started_at, $1::timestamptz)))::float8 as seconds
from health_interval
where started_at < $2 and coalesce(ended_at, 'infinity') > $1 and ($3::text is null or service = $3)
group by service, state`

export interface StateSum {
  readonly service: string
  readonly state: HealthState
  readonly seconds: number
}

/** How long each service stood in each state in [from, to). */
export async function sumIntervals(
  client: SqlClient,
  { from, to }: Range,
  service?: string,
): Promise<StateSum[]> {
  return (await client.query<StateSum>(sumSql, [from, to, service ?? null])).rows
}

const clockSql = 'select clock_timestamp() as now'

/** The time by the database's clock. */
export async function readClock(client: SqlClient): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>(clockSql)
  return rows[0]?.now ?? new Date()
}
