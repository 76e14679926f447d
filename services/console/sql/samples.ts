import type { SqlClient } from '@relevo/kit'
import type { Figures } from '../overview/readOverview.ts'

/** Between two samples. */
export const sampleSeconds = 10

const insertSampleSql = `
insert into sample (at, published_per_second, backlog, oldest_seconds, lag, lag_seconds)
values (date_bin(make_interval(secs => $1), clock_timestamp(), 'epoch'), $2, $3, $4, $5, $6)
on conflict (at) do nothing`

export async function insertSample(client: SqlClient, figures: Figures): Promise<void> {
  const { published_per_second, backlog, oldest_seconds, lag, lag_seconds } = figures
  const values = [sampleSeconds, published_per_second, backlog, oldest_seconds, lag, lag_seconds]
  await client.query(insertSampleSql, values)
}

// now(), which does not change within a statement: an index takes nothing else.
const dropOldSamplesSql = 'delete from sample where at < now() - make_interval(hours => $1)'

export async function dropOldSamples(client: SqlClient, hours: number): Promise<void> {
  await client.query(dropOldSamplesSql, [hours])
}

export interface SampleStep {
  /** Seconds since 1970, of the beginning of the step. */
  readonly at: number
  readonly published_per_second: number | null
  readonly backlog: number | null
  readonly oldest_seconds: number | null
  readonly lag: number | null
  readonly lag_seconds: number | null
}

// Rates are averaged; of what is wrong the worst of the step is shown, since a chart of a day would hide it.
const listStepsSql = `
with steps as (
  select generate_series(date_bin(make_interval(secs => $2), now() - make_interval(secs => $1), 'epoch'),
    now(), make_interval(secs => $2)) as at
), binned as (
  select date_bin(make_interval(secs => $2), s.at, 'epoch') as at, avg(published_per_second) as published_per_second,
    max(backlog) as backlog, max(oldest_seconds) as oldest_seconds, max(lag) as lag, max(lag_seconds) as lag_seconds
  from sample s where s.at >= now() - make_interval(secs => $1::float8 + $2::float8) group by 1
)
select extract(epoch from steps.at)::float8 as at, published_per_second::float8, backlog::float8,
  oldest_seconds::float8, lag::float8, lag_seconds::float8
from steps left join binned using (at) order by steps.at`

/** The last so many seconds in steps; null where nothing was sampled. */
export async function listSteps(
  client: SqlClient,
  { seconds, stepSeconds }: { readonly seconds: number; readonly stepSeconds: number },
): Promise<SampleStep[]> {
  return (await client.query<SampleStep>(listStepsSql, [seconds, stepSeconds])).rows
}

const firstSampleSql = 'select min(at) as at from sample'

/** When the first sample is of that is kept. */
export async function findFirstSample(client: SqlClient): Promise<Date | null> {
  return (await client.query<{ at: Date | null }>(firstSampleSql, [])).rows[0]?.at ?? null
}
