import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forAllTests, testDatabase } from '@relevo/testing'
import { database } from '../database.ts'
import { readHistory, stepOf } from '../overview/readHistory.ts'
import { dropOldSamples, insertSample } from './samples.ts'

const stack = forAllTests((t) => testDatabase(t, database.migrations))
const figures = { published_per_second: 12.5, backlog: 3, oldest_seconds: 1.5, lag: 7, lag_seconds: 0 }

interface PastSample {
  /** Before a full minute that is in the past. */
  readonly secondsBefore: number
  readonly backlog: number
  readonly rate?: number
}

/** In one statement, since all of them count from the same minute. */
async function addSamples(...samples: readonly PastSample[]): Promise<void> {
  await stack().pool.query(
    `insert into sample
     select date_trunc('minute', now()) - make_interval(secs => seconds), rate, backlog, 0, 0, 0
     from unnest($1::float8[], $2::real[], $3::bigint[]) as t (seconds, rate, backlog)`,
    [
      samples.map(({ secondsBefore }) => secondsBefore),
      samples.map(({ rate = 1 }) => rate),
      samples.map(({ backlog }) => backlog),
    ],
  )
}

test('of several replicas the first to write a sample counts', async () => {
  const { pool } = stack()
  // Two within one step, unless it ends just between them: then the third is in the step of the second.
  for (const backlog of [1, 2, 3]) await insertSample(pool, { ...figures, backlog })
  const { rows } = await pool.query('select backlog::int from sample order by at')
  assert.ok(rows.length < 3, `${rows.length} samples in a moment`)
  assert.equal(rows[0].backlog, 1)
})

test('a step has the average of a rate and the worst of what waits, and a step without samples has none', async () => {
  const { pool } = stack()
  await pool.query('truncate sample')
  // The steps of an hour are of ten seconds, those of six hours of a minute.
  await addSamples(
    { secondsBefore: 120, backlog: 5, rate: 10 },
    { secondsBefore: 110, backlog: 9, rate: 30 },
    { secondsBefore: 100, backlog: 1, rate: 20 },
  )
  const { at, backlog, published_per_second, step_seconds } = await readHistory(pool, 360)
  assert.equal(step_seconds, 60)
  const step = backlog.indexOf(9)
  assert.equal(published_per_second[step], 20)
  assert.deepEqual(
    backlog.filter((value) => value !== null),
    [9],
  )
  assert.ok(at.length <= 362)
  const hour = await readHistory(pool, 60)
  assert.deepEqual(
    hour.backlog.filter((value) => value !== null),
    [5, 9, 1],
  )
})

test('steps are whole samples, and as many as a chart can show', () => {
  assert.deepEqual([1, 15, 60, 61, 360, 1_440].map(stepOf), [10, 10, 10, 20, 60, 240])
})

test('old samples are dropped, and the history says since when there are any', async () => {
  const { pool } = stack()
  await pool.query('truncate sample')
  assert.equal((await readHistory(pool, 15)).kept_from, null)
  await addSamples({ secondsBefore: 2 * 3_600, backlog: 1 }, { secondsBefore: 60, backlog: 2 })
  await dropOldSamples(pool, 1)
  const { rows } = await pool.query('select at, backlog::int from sample')
  assert.deepEqual(
    rows.map(({ backlog }) => backlog),
    [2],
  )
  assert.equal((await readHistory(pool, 15)).kept_from, rows[0].at.toISOString())
})
