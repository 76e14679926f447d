import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createProducer, type Producer, readTopic } from '@relevo/kafka'
import { eventually } from '@relevo/testing'
import { audit, listQuarantine } from '../index.ts'
import { newSession, relayHarness } from '../relayHarness.ts'

/** Starts a relay that reads the table or the log, and has begun to do so. */
function startReading(harness: Awaited<ReturnType<typeof relayHarness>>, source: 'table' | 'wal') {
  const slot = `test_${randomUUID().replaceAll('-', '')}`
  const relay = harness.startRelay({
    refusalRetry: { initialMs: 10, maxMs: 20 },
    ...(source === 'wal' && { wal: { slot } }),
  })
  return eventually(() => source === 'table' || relay.status().stream?.reading, 'the log read')
}

test('all pages of a backlog but the first are encoded while the one before is under way', async (t) => {
  const { databaseUrl, record, states, kafka } = await relayHarness(t)
  const real = createProducer(kafka)
  t.after(() => real.close())
  const sent = { prepared: 0, unprepared: 0 }
  const producer: Producer = {
    ...real,
    send(records) {
      sent.unprepared += 1
      return real.send(records)
    },
    prepare(records) {
      const send = real.prepare(records)
      return () => {
        sent.prepared += 1
        return send()
      }
    },
  }
  await record(...Array.from({ length: 100 }, (_, i) => ({ key: `k${i}` })))
  // One turn, however long it takes: the first page of each is read as it begins.
  const session = newSession(databaseUrl, producer, {
    pageRows: 10,
    mostHeld: 10,
    dutyEveryMs: 0,
    turnMs: 600_000,
  })
  await session.begin()
  t.after(() => session.end())
  await eventually(async () => {
    await session.round(new AbortController().signal)
    return (await states()).E === 100
  }, '100 events sent')
  assert.deepEqual(sent, { prepared: 9, unprepared: 1 })
})

for (const source of ['table', 'wal'] as const)
  test(`an event whose headers are no texts is held with its key, and all else goes out (${source})`, async (t) => {
    const harness = await relayHarness(t)
    const { record, states, pool, topic, kafka } = harness
    await startReading(harness, source)
    const damaged = ['{"retries":5}', '{"a":null}', '{"a":{"b":"c"}}', '["a"]', '"text"', 'true']
    // The functions that record events refuse such headers; whoever owns the table may insert them all the same.
    await pool.query(
      `insert into outbox.event (shard, event_id, topic, key, type, headers, payload)
       select outbox.key_bucket('bad' || n) % outbox.shards(), gen_random_uuid(), $1, 'bad' || n, 't', h::json, '{}'
       from unnest($2::text[]) with ordinality as d (h, n)`,
      [topic, damaged],
    )
    await record({ key: 'good' }, { key: 'bad1' }, { key: 'good', headers: { a: 'b' } })
    await eventually(async () => {
      const { E, X, P } = await states()
      return E === 2 && X === damaged.length && P === 1
    }, 'all sent but the damaged keys')
    const keys = await eventually(async () => {
      const held = (await listQuarantine(pool, { limit: 100 })).keys
      return held.every(({ state }) => state === 'quarantined') && held
    }, 'the keys quarantined')
    assert.deepEqual(new Set(keys.map(({ errorCode }) => errorCode)), new Set(['unencodable']))
    assert.match(keys.find(({ key }) => key === 'bad1')?.error ?? '', /"retries" is not a text/)
    assert.equal((await Array.fromAsync(readTopic(kafka, topic))).length, 2)
    for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
  })

test('an event goes into a topic that takes no old records, with the time of sending', async (t) => {
  const { startRelay, states, pool, admin, kafka } = await relayHarness(t)
  const topic = `test-${randomUUID()}`
  const config = { 'message.timestamp.before.max.ms': '60000', 'message.timestamp.after.max.ms': '60000' }
  await admin.ensureTopics([{ topic, partitions: 1, config }])
  // Recorded an hour ago, and by a clock an hour ahead.
  await pool.query(`select outbox.ensure_partitions()`)
  await pool.query(
    `insert into outbox.event (shard, event_id, topic, key, type, payload, created_at)
     select outbox.key_bucket(k) % outbox.shards(), gen_random_uuid(), $1, k, 't', '{}', clock_timestamp() + shift
     from (values ('old', interval '-1 hour'), ('early', interval '1 hour')) v (k, shift)`,
    [topic],
  )
  const from = Date.now()
  startRelay()
  await eventually(async () => (await states()).E === 2, 'two events sent')
  for await (const { key, timestamp, headers } of readTopic(kafka, topic)) {
    assert.ok(timestamp >= from && timestamp <= Date.now(), `${key}: ${timestamp}`)
    assert.ok(
      Math.abs(Date.parse(headers.ce_time ?? '') - timestamp) > 3_000_000,
      'ce_time is that of the event',
    )
  }
})

test('an event above what a broker takes in one request is held with its key, and all else goes out', async (t) => {
  const { startRelay, record, states, kafka, pool } = await relayHarness(t)
  const producer = createProducer(kafka, { maxRequestBytes: 10_000 })
  t.after(() => producer.close())
  await record({ key: 'large', payload: 'x'.repeat(20_000) }, { key: 'large' })
  await record(...Array.from({ length: 100 }, (_, i) => ({ key: `k${i}`, payload: 'y'.repeat(500) })))
  startRelay({ producer, attempts: 1 })
  await eventually(async () => (await states()).E === 100, 'all others sent')
  const [held] = await eventually(async () => {
    const { keys } = await listQuarantine(pool, { limit: 10 })
    return keys[0]?.state === 'quarantined' && keys
  }, 'the key quarantined')
  assert.deepEqual([held?.key, held?.errorCode, held?.events], ['large', 'recordTooLarge', 2])
  assert.deepEqual(await states(), { E: 100, X: 1, P: 1 })
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})
