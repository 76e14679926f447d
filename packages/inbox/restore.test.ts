import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAdmin } from '@relevo/kafka'
import pg from 'pg'
import { createHarness, eventually, type InboxHarness, range, silent, testEvent } from './inboxHarness.ts'
import { previewRewind, rewindConsumer } from './operate/rewindConsumer.ts'

async function effectsOf(pool: pg.Pool): Promise<number[]> {
  return (await pool.query<{ n: number }>('select n from effect order by place')).rows.map(({ n }) => n)
}

/** Copies the database of the harness as a backup does; returns the name of the copy. */
async function copyDatabase(h: InboxHarness, admin: pg.Client): Promise<string> {
  const name = new URL(h.pool.options.connectionString as string).pathname.slice(1)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  await admin.query(`create database ${name}_copy template ${name}`)
  return `${name}_copy`
}

test('a database restored to a backup takes again what it lost, by itself', async (t) => {
  const h = await createHarness(t)
  h.pool.on('error', () => undefined)
  const url = new URL(h.pool.options.connectionString as string)
  const admin = new pg.Client({ connectionString: new URL('/postgres', url).href })
  await admin.connect()
  const before = h.inbox()
  await h.send(range(0, 5).map((n) => testEvent(h.topic, n)))
  before.start()
  await h.caughtUp()
  await before.stop()
  const copy = await copyDatabase(h, admin)
  const lost = h.inbox()
  await h.send(range(5, 10).map((n) => testEvent(h.topic, n)))
  lost.start()
  await h.caughtUp()
  await lost.stop()
  assert.deepEqual(await h.effects(), range(0, 10))

  const pool = new pg.Pool({ connectionString: new URL(`/${copy}`, url).href })
  pool.on('error', () => undefined)
  const lines: object[] = []
  const after = h.inbox({ pool, logger: { ...silent, error: (facts) => lines.push(facts as object) } })
  await h.send([testEvent(h.topic, 10)])
  after.start()
  await eventually(async () => (await effectsOf(pool)).length === 11)
  await h.caughtUp()
  assert.deepEqual(await effectsOf(pool), range(0, 11))
  const place = { consumer: h.consumerName, topic: h.topic, partition: 0 }
  assert.deepEqual(lines, [{ ...place, from: '10', to: '5' }])
  await after.stop()
  await pool.end()
  await admin.query(`drop database ${copy} with (force)`)
  await admin.end()
})

test('a group is set back to a time, and what the database has already is not done again', async (t) => {
  const h = await createHarness(t, 2)
  const admin = createAdmin(h.kafka)
  t.after(() => admin.close())
  await h.send(range(0, 20).map((n) => testEvent(h.topic, n, { key: `key-${n}` })))
  const first = h.inbox()
  first.start()
  await h.caughtUp()
  const request = { consumer: h.consumerName, topics: [h.topic], to: new Date(0) }
  const partitions = await previewRewind(admin, request)
  assert.deepEqual(
    partitions.map(({ partition, to }) => [partition, to]),
    [
      [0, 0n],
      [1, 0n],
    ],
  )
  assert.equal(
    partitions.reduce((sum, { from }) => sum + (from ?? 0n), 0n),
    20n,
  )
  await assert.rejects(rewindConsumer(admin, h.pool, h.consumerName, partitions), { code: 'groupInUse' })
  await first.stop()
  await h.pool.query(`with gone as (delete from effect where n < 5 returning event_id)
    delete from inbox.processed where event_id in (select event_id from gone)`)
  await rewindConsumer(admin, h.pool, h.consumerName, partitions)
  const second = h.inbox()
  second.start()
  await h.caughtUp()
  assert.deepEqual(
    (await h.effects()).toSorted((a, b) => a - b),
    range(0, 20),
  )
  assert.equal(second.stats().processed, 5)
})

test('a group that was set ahead by the rewind stays there', async (t) => {
  const h = await createHarness(t)
  const admin = createAdmin(h.kafka)
  t.after(() => admin.close())
  await h.send([testEvent(h.topic, 0)])
  const first = h.inbox()
  first.start()
  await h.caughtUp()
  await first.stop()
  await h.send([testEvent(h.topic, 1)])
  const request = { consumer: h.consumerName, topics: [h.topic], to: new Date(Date.now() + 60_000) }
  await rewindConsumer(admin, h.pool, h.consumerName, await previewRewind(admin, request))
  await h.send([testEvent(h.topic, 2)])
  h.inbox().start()
  await eventually(async () => (await h.effects()).length === 2)
  await h.caughtUp()
  assert.deepEqual(await h.effects(), [0, 2])
})
