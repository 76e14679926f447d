import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '@relevo/kit'
import { orderEvent, runningAnalytics, stockEvent } from './analyticsHarness.ts'
import { config } from './config.ts'

test('times and cursors beyond what Postgres and JavaScript know are answered, and none with 500', async (t) => {
  const h = await runningAnalytics(t)
  const time = new Date(Date.now() - 1_200_000).toISOString()
  await h.send([orderEvent('ORDER_CREATED', crypto.randomUUID(), time)])
  await h.until('/windows', ({ count }) => count === 1)
  const times = [
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '0001-01-01T00:00:00-14:00',
    '1969-12-31T23:55:00Z',
  ]
  for (const odd of times) {
    const value = encodeURIComponent(odd)
    for (const path of [
      `/windows?from=${value}`,
      `/windows?to=${value}`,
      `/summary?from=${value}`,
      `/summary?to=${value}`,
    ])
      assert.equal((await h.ask(path)).status, 200, path)
    assert.equal((await h.ask(`/windows/${value}`)).status, 404, odd)
    for (const path of [`/hourly?from=${value}`, `/hourly?to=${value}`, `/hourly?from=${value}&to=${value}`])
      assert.ok([200, 400].includes((await h.ask(path)).status), path)
  }
  for (const path of ['/windows?cursor=9999999999999999', '/inventory?cursor=9999999999999999'])
    assert.equal((await h.ask(path)).status, 200, path)
  assert.equal((await h.ask('/rebuilds/last')).status, 404)
})

test('a record that no database takes is a dead letter, and a rebuild passes over it', async (t) => {
  const h = await runningAnalytics(t)
  const time = new Date(Date.now() - 1_200_000).toISOString()
  const [odd, half] = [stockEvent(1, 5, 0, time), stockEvent(2, 5, 0, time)]
  await h.send([
    { ...odd, data: { ...odd.data, sku: 'a\0b' } },
    { ...half, data: { ...half.data, sku: '\ud800' } },
    stockEvent(3, 5, 0, time),
    orderEvent('ORDER_CREATED', crypto.randomUUID(), time, { created_at: '0000-01-01T00:00:00Z' }),
  ])
  await h.until('/stats', ({ dead_letters, processed }) => dead_letters === 2 && processed === 2)
  const reasons = (await h.pool.query('select reason from inbox.dead_letter')).rows
  assert.deepEqual(reasons, [{ reason: 'rejected' }, { reason: 'rejected' }])
  const { rows } = await h.pool.query('select created_at, placed_at from placed_order')
  assert.deepEqual(rows, [{ created_at: new Date(time), placed_at: new Date(time) }])
  assert.equal((await h.post('/rebuilds')).status, 202)
  const rebuild = await h.until('/rebuilds/last', ({ ended_at }) => ended_at !== null)
  assert.deepEqual([rebuild.read, rebuild.rejected, rebuild.added, rebuild.error], [4, 2, 0, null])
})

test('a batch is no larger than fits into the lock table of Postgres with those of other replicas', () => {
  assert.throws(() => loadConfig(config, { BATCH_SIZE: '1001' }), /BATCH_SIZE/)
  assert.throws(
    () => loadConfig(config, { BATCH_SIZE: '1000' }),
    (error: Error) => !/BATCH_SIZE/.test(error.message),
  )
})
