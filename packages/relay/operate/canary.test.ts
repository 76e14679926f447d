import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enqueue, outboxMigrations, outboxSchema } from '@relevo/outbox'
import { appPool, testDatabase } from '@relevo/testing'
import { Registry } from 'prom-client'
import { eventually, listProducer, relayHarness, silent } from '../relayHarness.ts'
import { Canary, dueShards } from './canary.ts'

const all = Array.from({ length: 16 }, (_, shard) => shard)

test('every shard that is held gets a canary at once, again after the interval, and is relayed as any event', async (t) => {
  const { pool, startRelay } = await relayHarness(t)
  const sent: string[] = []
  const relay = startRelay({ producer: listProducer(({ key }) => sent.push(key)) })
  const registry = new Registry()
  const shards = () => relay.status().shards
  const canary = new Canary(pool, registry, silent, { outbox: 'orders', everyMs: 300, shards })
  canary.start()
  t.after(() => canary.stop())
  const recorded = async () => {
    const { rows } = await pool.query('select shard, key, topic, type, payload, event_id from outbox.event')
    return rows
  }
  await eventually(async () => (await recorded()).length >= 48, 'three rounds')
  await canary.stop()
  const rows = await recorded()
  assert.deepEqual(
    [...new Set(rows.map(({ shard }) => shard))].sort((a, b) => a - b),
    all,
  )
  for (const { shard, key, topic, type, payload, event_id } of rows) {
    assert.deepEqual([topic, type, payload], ['relevo.canary', 'CANARY', { outbox: 'orders', shard, key }])
    assert.match(event_id, /^0[0-9a-f]{7}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/)
  }
  assert.equal(new Set(rows.map(({ key }) => key)).size, 16, 'one key for each shard')
  await eventually(() => sent.length >= rows.length, 'each is sent')
  assert.match(
    await registry.metrics(),
    new RegExp(`relevo_canary_recorded_events_total\\{outbox="orders"\\} ${rows.length}\n`),
  )
})

test('a relay may record canaries, and no other event', async (t) => {
  const database = await testDatabase(t, [outboxMigrations])
  const relay = await appPool(t, database, { app: outboxSchema.grants.relay, relay: [] })
  await relay.query(`select outbox.record_canaries('{3,5}', 'orders')`)
  const { rows } = await database.pool.query('select shard from outbox.event order by shard')
  assert.deepEqual(
    rows.map(({ shard }) => shard),
    [3, 5],
  )
  const event = { topic: 'orders', type: 'test.happened', key: 'k', payload: {} }
  await assert.rejects(enqueue(relay, [event]), /permission denied/)
})

test('a shard is due when it is new, or its last canary is old', () => {
  const recordedAt = new Map([
    [1, 100],
    [2, 200],
  ])
  assert.deepEqual(dueShards([1, 2, 3], recordedAt, 100), [1, 3])
  assert.deepEqual(dueShards([], recordedAt, 1_000), [])
})
