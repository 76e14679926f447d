import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { readTopic } from '@relevo/kafka'
import { setTopicConfig } from '@relevo/testing'
import { Registry } from 'prom-client'
import { audit, commandQuarantine, listQuarantine, rebase } from './index.ts'
import { eventually, relayHarness } from './relayHarness.ts'
import { openSqlClient } from './sqlClient.ts'

test('an event goes out as a CloudEvents record and shows as sent', async (t) => {
  const { startRelay, record, states, kafka, topic } = await relayHarness(t)
  startRelay()
  const [event] = await record({ key: 'k', payload: { a: 1.0, text: 'ñ' }, headers: { traceparent: '00-x' } })
  await eventually(async () => (await states()).E === 1, 'the state E')
  const records = await Array.fromAsync(readTopic(kafka, topic))
  const [sent] = records
  assert.equal(records.length, 1)
  assert.equal(sent?.key, 'k')
  assert.equal(sent?.value?.toString(), '{"a":1,"text":"ñ"}')
  const { ce_time, ...headers } = sent?.headers ?? {}
  assert.deepEqual(headers, {
    traceparent: '00-x',
    ce_correlationid: event?.eventId,
    ce_specversion: '1.0',
    ce_id: event?.eventId,
    ce_type: 'test.happened',
    ce_source: '/test',
    ce_outboxid: String(event?.id),
    'content-type': 'application/json',
  })
  assert.equal(Date.parse(ce_time ?? ''), event?.createdAt.getTime())
})

test('a backlog larger than a page goes out whole and in order', async (t) => {
  const { startRelay, record, states, kafka, topic, pool } = await relayHarness(t)
  for (let batch = 0; batch < 10; batch++)
    await record(...Array.from({ length: 100 }, (_, i) => ({ key: `k${i % 7}`, payload: batch * 100 + i })))
  startRelay({ pageRows: 64 })
  await eventually(async () => (await states()).E === 1_000, '1,000 events sent')
  const lastOfKey = new Map<string | null, number>()
  let count = 0
  for await (const { key, value } of readTopic(kafka, topic)) {
    const payload = Number(value)
    assert.ok(payload > (lastOfKey.get(key) ?? -1), `${payload} after ${lastOfKey.get(key)}`)
    lastOfKey.set(key, payload)
    count += 1
  }
  assert.equal(count, 1_000)
  const rows = await audit(pool)
  assert.equal(rows.length, 16)
  for (const row of rows) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('the bytes of a page are bounded, and one event larger than the bound goes out all the same', async (t) => {
  const { startRelay, record, states } = await relayHarness(t)
  const large = { payload: 'x'.repeat(50_000) }
  await record(large, large, large, { payload: 'small' })
  startRelay({ pageBytes: 1_000 })
  await eventually(async () => (await states()).E === 4, '4 events sent')
})

test('a transaction that commits after younger ones are published is not skipped', async (t) => {
  const { startRelay, record, states, pool, topic } = await relayHarness(t)
  const slow = await pool.connect()
  await slow.query('begin')
  await slow.query(
    `select outbox.enqueue(array[gen_random_uuid()], array[$1], array['late'], array[null]::text[],
      array['t'], array[null]::text[], array['1'])`,
    [topic],
  )
  startRelay()
  for (let i = 0; i < 5; i++) {
    await record({ key: `early${i}` })
    await eventually(async () => (await states()).E === i + 1, 'younger events sent')
  }
  await slow.query('commit')
  slow.release()
  await eventually(async () => (await states()).E === 6, 'the late event sent')
})

test('an event that is too large is quarantined with its key after the set attempts; redrive sends its events in order', async (t) => {
  const { startRelay, record, states, kafka, admin, pool, topic } = await relayHarness(t)
  const strict = `${topic}-strict`
  await admin.ensureTopics([{ topic: strict, partitions: 1, config: { 'max.message.bytes': '1000' } }])
  const large = 'x'.repeat(2_000)
  startRelay({ attempts: 2, refusalRetry: { initialMs: 20, maxMs: 50 } })
  await record({ topic: strict, key: 'a', payload: large }, { topic: strict, key: 'a', payload: 2 })
  await record({ key: 'b', payload: 3 })
  await eventually(
    async () => (await listQuarantine(pool, { limit: 10 })).keys[0]?.state === 'quarantined',
    'quarantine',
  )
  await record({ topic: strict, key: 'a', payload: 4 }, { key: 'b', payload: 5 })
  await eventually(async () => (await states()).E === 2, "other keys' events sent")
  assert.deepEqual(await states(), { E: 2, X: 1, P: 2 })
  const [entry] = (await listQuarantine(pool, { limit: 10 })).keys
  assert.equal(entry?.errorCode, 'recordTooLarge')
  assert.equal(entry?.attempts, 2)
  assert.equal(entry?.events, 3)
  assert.deepEqual(await commandQuarantine(pool, { key: 'nobody' }, 'redrive'), [])

  await setTopicConfig(kafka.brokers, strict, { 'max.message.bytes': '100000' })
  assert.equal((await commandQuarantine(pool, { key: 'a' }, 'redrive')).length, 1)
  await eventually(async () => (await states()).E === 5, 'the redriven events sent')
  const sent = await Array.fromAsync(readTopic(kafka, strict))
  assert.deepEqual(
    sent.map(({ value }) => JSON.parse(String(value))),
    [large, 2, 4],
  )
  assert.deepEqual((await listQuarantine(pool, { limit: 10 })).keys, [])
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('a key too long for an index is quarantined, listed, redriven and skipped like any other', async (t) => {
  const { startRelay, record, states, pool } = await relayHarness(t)
  const key = randomBytes(6_000).toString('base64') // incompressible
  startRelay({ attempts: 1, refusalRetry: { initialMs: 20, maxMs: 50 } })
  await pool.query('select outbox.set_max_event_bytes(2000000)')
  await record({ key, payload: 'x'.repeat(1_200_000) }, { key, payload: 2 }, { key: 'other', payload: 3 })
  const quarantined = async () => {
    const [entry] = (await listQuarantine(pool, { limit: 10 })).keys
    return entry?.state === 'quarantined' && entry.command === null && entry
  }
  const entry = await eventually(quarantined, 'quarantine')
  assert.deepEqual([entry.key, entry.events], [key, 2])
  await record({ key, payload: 4 }, { key: 'other', payload: 5 })
  await eventually(async () => (await states()).E === 2, "the other key's events sent")
  assert.deepEqual(await states(), { E: 2, X: 1, P: 2 })

  assert.equal((await commandQuarantine(pool, { key }, 'redrive')).length, 1)
  await eventually(quarantined, 'the quarantine of the redriven key')
  assert.equal((await commandQuarantine(pool, { key }, 'skip')).length, 1)
  await eventually(async () => (await states()).E === 4, 'the events behind the skipped one sent')
  await eventually(
    async () => (await listQuarantine(pool, { limit: 10 })).keys.length === 0,
    'the end of the quarantine',
  )
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('skip leaves the refused event out and sends those behind it; discard leaves all out', async (t) => {
  const { startRelay, record, states, kafka, pool, topic } = await relayHarness(t)
  const tooLarge = 'x'.repeat(1_200_000)
  await pool.query('select outbox.set_max_event_bytes(2000000)')
  startRelay({ attempts: 1, refusalRetry: { initialMs: 20, maxMs: 50 } })
  await record({ key: 'a', payload: tooLarge }, { key: 'a', payload: 2 }, { key: 'c', payload: 3 })
  await record({ key: 'b', payload: tooLarge }, { key: 'b', payload: 4 })
  await eventually(
    async () => (await listQuarantine(pool, { limit: 10 })).keys.length === 2,
    'two quarantined keys',
  )
  await commandQuarantine(pool, { key: 'a' }, 'skip')
  await commandQuarantine(pool, { key: 'b' }, 'discard')
  await eventually(
    async () => (await listQuarantine(pool, { limit: 10 })).keys.length === 0,
    'the end of both',
  )
  await record({ key: 'b', payload: 5 })
  await eventually(async () => (await states()).E === 3, 'three events sent')
  assert.deepEqual(await states(), { E: 3, X: 3 })
  const sent = await Array.fromAsync(readTopic(kafka, topic))
  assert.deepEqual(sent.map(({ value }) => Number(value)).sort(), [2, 3, 5])
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

for (const slot of [undefined, `failback_${Date.now()}`])
  test(`events have ids again that a primary in between had found logged ahead (${slot ? 'log' : 'table'})`, async (t) => {
    const { startRelay, stopRelay, record, states, pool } = await relayHarness(t)
    const settings = slot ? { wal: { slot } } : {}
    /** A relay that has probed some times. */
    const start = async () => {
      const registry = new Registry()
      const relay = startRelay({ ...settings, registry })
      const probes = async () =>
        (await registry.getSingleMetric('relevo_relay_probes_total')?.get())?.values[0]?.value
      await eventually(
        async () => relay.status().stream?.reading || ((await probes()) ?? 0) > 3,
        'some probes',
      )
      return relay
    }
    const sent = (events: number) =>
      eventually(async () => (await states()).E === events, `${events} events sent`)
    await record({ key: 'a' }, { key: 'b' })
    const first = await start()
    await sent(2)
    await stopRelay(first)
    for (const before of [true, false]) {
      const { rows } = await pool.query('select last_value::integer as last from outbox.event_id_seq')
      const events = (await states()).E ?? 0
      // As on a replica that becomes the primary: its sequence is where Postgres has logged it to be.
      await pool.query(`select setval('outbox.event_id_seq', $1)`, [rows[0].last + 32])
      await stopRelay(await start())
      // And the old one is primary again, which has drawn no further ids.
      await pool.query(`select setval('outbox.event_id_seq', $1)`, [rows[0].last])
      const recordSome = () => record(...Array.from({ length: 32 }, (_, i) => ({ key: `c${i}` })))
      if (before) await recordSome()
      const relay = await start()
      if (!before) await recordSome()
      await sent(events + 32)
      await stopRelay(relay)
      for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
    }
  })

test('two relays share the shards evenly, and one takes over what the other hands over', async (t) => {
  const { startRelay, stopRelay, record, states } = await relayHarness(t)
  const first = startRelay({ leaseMs: 900 })
  await eventually(async () => first.status().shards.length === 16, 'the first relay with all shards')
  const second = startRelay({ leaseMs: 900 })
  await eventually(
    async () => first.status().shards.length === 8 && second.status().shards.length === 8,
    'eight shards each',
  )
  await record(...Array.from({ length: 50 }, (_, i) => ({ key: `k${i}` })))
  await eventually(async () => (await states()).E === 50, '50 events sent')
  await stopRelay(first)
  await eventually(async () => second.status().shards.length === 16, 'all shards with the second relay')
})

test('an outbox restored into another cluster stops the relay until it is rebased', async (t) => {
  const { startRelay, stopRelay, record, states, pool, kafka, topic, databaseUrl } = await relayHarness(t)
  const before = startRelay()
  await record({ key: 'a' }, { key: 'b' })
  await eventually(async () => (await states()).E === 2, 'two events sent')
  await stopRelay(before)
  await record({ key: 'a' }, { key: 'c' })
  // As after a restore: the transactions of rows and cursors are those of another cluster, far ahead of this one.
  await pool.query('update outbox.setting set system_identifier = 1')
  await pool.query('update outbox.event set xid = (xid::text::bigint + 5000000)::text::xid8')
  await pool.query(`
    update outbox.stored_cursor set published = format('%s:%s:%s',
      pg_snapshot_xmin(published)::text::bigint + 5000000, pg_snapshot_xmax(published)::text::bigint + 5000000,
      (select string_agg((x::text::bigint + 5000000)::text, ',' order by x) from pg_snapshot_xip(published) x)
    )::pg_snapshot`)
  const relay = startRelay()
  await eventually(async () => relay.status().problem?.includes('relevo rebase'), 'a clear problem')
  assert.deepEqual(relay.status().shards, [])
  assert.deepEqual(await states(), { E: 2, P: 2 })
  const client = openSqlClient({
    connectionString: databaseUrl,
    applicationName: 't',
    timeoutMs: 5_000,
    onError() {},
  })
  assert.deepEqual(await rebase(client), { pending: 2, published: 2 })
  await client.end()
  await eventually(async () => (await states()).E === 4, 'the rest sent')
  await record({ key: 'a' })
  await eventually(async () => (await states()).E === 5, 'a new event sent')
  assert.equal((await Array.fromAsync(readTopic(kafka, topic))).length, 5)
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})
