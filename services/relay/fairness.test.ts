import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createAdmin } from '@relevo/kafka'
import { enqueue } from '@relevo/outbox'
import { eventually, httpClient, testServers } from '@relevo/testing'
import type pg from 'pg'
import { createOutbox, startRelay } from './relayHarness.ts'

const backlogEvents = 60_000
const singleEvents = 40

async function publishedOf(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query('select sum(acknowledged)::integer as count from outbox.cursor')
  return rows[0].count
}

test('a backlog in one outbox leaves others their turns: each of their events goes out beside a few pages of it', async (t) => {
  const [large, small] = await Promise.all([createOutbox(t), createOutbox(t)])
  const topic = `test-${randomUUID()}`
  const admin = createAdmin({ brokers: (await testServers()).brokers, clientId: 'test' })
  t.after(() => admin.close())
  await admin.ensureTopics([{ topic, partitions: 3 }])
  const many = (count: number, payload: object) =>
    Array.from({ length: count }, (_, n) => ({ topic, type: 'test.happened', key: `key-${n % 50}`, payload }))
  for (let n = 0; n < backlogEvents; n += 2_000)
    await enqueue(large.pool, many(2_000, { text: 'x'.repeat(200) }))
  const { base } = await startRelay(t, {
    OUTBOXES: 'large,small',
    LARGE_DATABASE_URL: large.url,
    SMALL_DATABASE_URL: small.url,
    PAGE_ROWS: '200',
  })
  const { until } = httpClient(base)
  await until('/outboxes', ({ outboxes }) => outboxes.every((each: { ready: boolean }) => each.ready))
  await eventually(async () => (await publishedOf(large.pool)) > 0, 'the backlog is under way')

  let beside = 0
  for (let n = 1; n <= singleEvents; n++) {
    await enqueue(small.pool, many(1, {}))
    await eventually(async () => (await publishedOf(small.pool)) === n, 'the single event')
    if ((await publishedOf(large.pool)) < backlogEvents) beside = n
  }
  console.log(`  ${beside} single events beside the backlog`)
  assert.ok(beside >= 5, `only ${beside} single events went out while the backlog lasted`)
  await eventually(
    async () => (await publishedOf(large.pool)) === backlogEvents,
    'all of the backlog',
    120_000,
  )
})
