import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '@relevo/testing'
import { database } from '../database.ts'
import { healthStates } from '../domain/health.ts'
import { beginInterval, listOpenIntervals, sumIntervals } from './intervals.ts'

test('a day of history of 25 services takes less than 1 MB, and sums up to that day', async (t) => {
  const { pool } = await testDatabase(t, database.migrations)
  const day = Date.parse('2026-01-15T00:00:00Z')
  const changes = 60
  for (let n = 0; n < 25; n++)
    for (let k = 0; k < changes; k++) {
      const state = healthStates[k % healthStates.length] ?? 'healthy'
      const since = new Date(day + (k * 86_400_000) / changes)
      await beginInterval(pool, { service: `service-${n}`, state, cause: 'late-delivery', since })
    }
  const { rows } = await pool.query(`select pg_total_relation_size('health_interval')::int as bytes`)
  assert.ok(rows[0].bytes < 1_000_000, `${rows[0].bytes} bytes`)
  assert.equal((await listOpenIntervals(pool)).length, 25)
  const sums = await sumIntervals(pool, { from: new Date(day), to: new Date(day + 86_400_000) }, 'service-7')
  assert.equal(
    sums.reduce((sum, { seconds }) => sum + seconds, 0),
    86_400,
  )
})

test('a year in which a service is down every day is 731 rows, and sums up to that year', async (t) => {
  const { pool } = await testDatabase(t, database.migrations)
  const [begin, dayMs] = [Date.parse('2025-01-01T00:00:00Z'), 86_400_000]
  const started = (day: number, hour: number) => new Date(begin + day * dayMs + hour * 3_600_000)
  await beginInterval(pool, { service: 'orders', state: 'healthy', cause: '', since: started(0, 0) })
  for (let day = 0; day < 365; day++) {
    await beginInterval(pool, { service: 'orders', state: 'down', cause: 'refused', since: started(day, 12) })
    // As many looks as there may be in between: they are no rows.
    await beginInterval(pool, { service: 'orders', state: 'down', cause: 'refused', since: started(day, 12) })
    await beginInterval(pool, { service: 'orders', state: 'healthy', cause: '', since: started(day, 13) })
  }
  const { rows } = await pool.query(
    `select count(*)::int as stretches, pg_total_relation_size('health_interval')::int as bytes from health_interval`,
  )
  assert.equal(rows[0].stretches, 731)
  assert.ok(rows[0].bytes < 300_000, `${rows[0].bytes} bytes`)
  const sums = await sumIntervals(pool, { from: started(0, 0), to: started(365, 0) }, 'orders')
  const seconds = new Map(sums.map((sum) => [sum.state, sum.seconds]))
  assert.deepEqual([seconds.get('down'), seconds.get('healthy')], [365 * 3_600, 365 * 23 * 3_600])
})
