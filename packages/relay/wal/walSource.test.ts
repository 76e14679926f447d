import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTopic } from '@relevo/kafka'
import { enqueue } from '@relevo/outbox'
import { setTopicConfig } from '@relevo/testing'
import pg from 'pg'
import { audit, commandQuarantine, listQuarantine, Maintenance } from '../index.ts'
import { eventually } from '../relayHarness.ts'
import { streams, walHarness } from './walHarness.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function confirmedLsn(pool: pg.Pool, slot: string): Promise<number> {
  const { rows } = await pool.query(
    `select pg_wal_lsn_diff(confirmed_flush_lsn, '0/0')::float8 as lsn from pg_replication_slots where slot_name = $1`,
    [slot],
  )
  return rows[0]?.lsn
}

async function publishedEvents(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query('select sum(acknowledged)::integer as events from outbox.cursor')
  return rows[0].events
}

test('events come from the write-ahead log as they come from the table, and show as sent', async (t) => {
  const { startWalRelay, record, states, kafka, topic, pool } = await walHarness(t)
  await record({ key: 'before', payload: 1 })
  const relay = startWalRelay()
  await streams(relay)
  const [event] = await record({
    key: 'k',
    payload: { a: 1.0, text: 'ñ€😀' },
    headers: { traceparent: '00-x' },
  })
  await eventually(async () => (await states()).E === 2, 'the state E')
  const records = await Array.fromAsync(readTopic(kafka, topic))
  const sent = records.find(({ key }) => key === 'k')
  assert.equal(records.length, 2)
  assert.equal(sent?.value?.toString(), '{"a":1,"text":"ñ€😀"}')
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
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('the cursor from the table does not overwrite that of the stream', async (t) => {
  const { startWalRelay, record, states, pool } = await walHarness(t)
  const storeAllMs = 700
  await streams(startWalRelay({ storeAllMs }))
  await record({ key: 'k', payload: 1 })
  await eventually(async () => (await states()).E === 1, 'the state E')
  const until = performance.now() + 2 * storeAllMs
  while (performance.now() < until) assert.equal((await states()).E, 1)
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('a relay that starts again goes on in the stream where the one before stopped', async (t) => {
  const { startWalRelay, stopRelay, record, states, pool, slot, kafka, topic } = await walHarness(t)
  const first = startWalRelay()
  await streams(first)
  await record({ key: 'a', payload: 1 })
  await eventually(async () => (await states()).E === 1, 'the first event sent')
  await stopRelay(first)
  await record({ key: 'a', payload: 2 })
  const second = startWalRelay()
  await streams(second)
  await record({ key: 'a', payload: 3 })
  await eventually(async () => (await states()).E === 3, 'all events sent')
  assert.deepEqual(
    (await Array.fromAsync(readTopic(kafka, topic))).map(({ value }) => Number(value)),
    [1, 2, 3],
  )
  const { rows } = await pool.query(
    'select count(*)::integer from pg_replication_slots where slot_name = $1',
    [slot],
  )
  assert.equal(rows[0].count, 1)
})

test('a relay of the table goes on from a relay of the log and drops its slot, and the other way round', async (t) => {
  const harness = await walHarness(t)
  const { startWalRelay, startRelay, stopRelay, record, states, pool, slot } = harness
  let payload = 0
  const recordSome = () =>
    record(...Array.from({ length: 20 }, () => ({ key: `k${payload % 3}`, payload: payload++ })))
  for (let round = 0; round < 2; round++) {
    const wal = startWalRelay()
    await streams(wal)
    await recordSome()
    await stopRelay(wal)
    await recordSome()
    const table = startRelay()
    const maintenance = new Maintenance(pool, silent, { unusedSlot: slot })
    maintenance.start()
    await eventually(async () => (await states()).E === payload, 'all events sent')
    await eventually(async () => (await confirmedLsn(pool, slot)) === undefined, 'the slot dropped')
    await maintenance.stop()
    await recordSome()
    await stopRelay(table)
  }
  startWalRelay()
  await eventually(async () => (await states()).E === payload, 'all events sent')
  for (const [key, sent] of await harness.payloads())
    assert.deepEqual(
      sent,
      [...sent].sort((a, b) => a - b),
      `key ${key}`,
    )
  assert.equal([...(await harness.payloads()).values()].flat().length, payload)
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('a transaction larger than what is read ahead goes out in parts, whole, in order and once', async (t) => {
  const harness = await walHarness(t)
  const { startWalRelay, stopRelay, states, pool, topic } = harness
  const first = startWalRelay({ pageRows: 50, pageBytes: 20_000 })
  await streams(first)
  await pool.query(
    `select count(outbox.enqueue_one(gen_random_uuid(), $1, 'k' || n % 5, null, 't', null, to_json(n)))
     from generate_series(1, 10000) n`,
    [topic],
  )
  await eventually(async () => (await publishedEvents(pool)) > 50, 'a part of it published')
  await stopRelay(first)
  const { E = 0 } = await states()
  assert.ok(E < 10_000, 'stopped in the middle')
  const second = startWalRelay({ pageRows: 50, pageBytes: 20_000 })
  await eventually(async () => (await states()).E === 10_000, 'all events sent')
  await streams(second)
  const sent = await harness.payloads()
  assert.equal([...sent.values()].flat().length, 10_000)
  for (const [key, values] of sent)
    assert.deepEqual(
      values,
      [...values].sort((a, b) => a - b),
      `key ${key}`,
    )
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('an event in the stream that Kafka rejects is quarantined with its key; redrive sends its events in order', async (t) => {
  const { startWalRelay, record, states, kafka, admin, pool, topic } = await walHarness(t)
  const strict = `${topic}-strict`
  await admin.ensureTopics([{ topic: strict, partitions: 1, config: { 'max.message.bytes': '1000' } }])
  const large = 'x'.repeat(2_000)
  const relay = startWalRelay({ attempts: 1, refusalRetry: { initialMs: 20, maxMs: 50 } })
  await streams(relay)
  await record({ topic: strict, key: 'a', payload: large }, { key: 'b', payload: 2 })
  await eventually(
    async () => (await listQuarantine(pool, { limit: 10 })).keys[0]?.state === 'quarantined',
    'quarantine',
  )
  await record({ topic: strict, key: 'a', payload: 3 }, { key: 'b', payload: 4 })
  await eventually(async () => (await states()).E === 2, "the other key's events sent")
  assert.deepEqual(await states(), { E: 2, X: 1, P: 1 })
  assert.equal(relay.status().stream?.reading, true, JSON.stringify(relay.status()))
  await setTopicConfig(kafka.brokers, strict, { 'max.message.bytes': '100000' })
  await commandQuarantine(pool, { key: 'a' }, 'redrive')
  await eventually(async () => (await states()).E === 4, 'the redriven events sent')
  const sent = await Array.fromAsync(readTopic(kafka, strict))
  assert.deepEqual(
    sent.map(({ value }) => JSON.parse(String(value))),
    [large, 3],
  )
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('one relay reads the log, another stands by and takes over', async (t) => {
  const { startWalRelay, stopRelay, record, states } = await walHarness(t)
  const first = startWalRelay()
  await streams(first)
  const second = startWalRelay()
  await eventually(async () => second.status().problem === undefined, 'the second relay at work')
  assert.deepEqual([first.status().shards.length, second.status().shards.length], [16, 0])
  await stopRelay(first)
  await streams(second)
  await record({ key: 'a' })
  await eventually(async () => (await states()).E === 1, 'the event sent')
})

test('the slot is dropped under the relay: events go on from the table, and a new slot is made', async (t) => {
  const harness = await walHarness(t)
  const { startWalRelay, record, states, pool, slot } = harness
  const relay = startWalRelay()
  await streams(relay)
  await record({ key: 'a', payload: 1 })
  await eventually(async () => (await states()).E === 1, 'the first event sent')
  await pool.query(`select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1`, [
    slot,
  ])
  await eventually(async () => {
    await pool.query(
      'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and active_pid is null',
      [slot],
    )
    return (await confirmedLsn(pool, slot)) === undefined
  }, 'the slot dropped')
  await record({ key: 'a', payload: 2 })
  await eventually(async () => (await states()).E === 2, 'an event sent without the slot')
  await streams(relay)
  await record({ key: 'a', payload: 3 })
  await eventually(async () => (await states()).E === 3, 'an event sent from the new slot')
  assert.deepEqual([...(await harness.payloads()).values()], [[1, 2, 3]])
})

test('an idle slot follows the log that others write', async (t) => {
  const { startWalRelay, pool, slot } = await walHarness(t)
  const relay = startWalRelay()
  await streams(relay)
  await pool.query('create table unrelated (content text)')
  await pool.query(`insert into unrelated select repeat('x', 2000) from generate_series(1, 10000)`)
  const held = async () => {
    const { rows } = await pool.query(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::float8 as bytes
       from pg_replication_slots where slot_name = $1`,
      [slot],
    )
    return rows[0].bytes
  }
  await eventually(async () => (await held()) < 1 << 20, 'less than 1 MiB held back of more than 20')
  assert.equal(relay.status().stream?.reading, true)
})

test('a slot is dropped when it would keep too much WAL while the table is read, and made again for the next stream', async (t) => {
  const { startWalRelay, record, states, pool, slot } = await walHarness(t)
  const relay = startWalRelay({}, {}, 1 << 20)
  await streams(relay)
  assert.notEqual(await confirmedLsn(pool, slot), undefined)
  relay.heedAudit(1)
  await eventually(async () => relay.status().stream?.reading === false, 'the stream left')
  await record({ key: 'a' })
  await eventually(async () => (await states()).E === 1, 'the event sent from the table')
  await pool.query('create table unrelated (content text)')
  await pool.query(`insert into unrelated select repeat('x', 2000) from generate_series(1, 1000)`)
  await eventually(async () => (await confirmedLsn(pool, slot)) === undefined, 'the slot dropped')
  relay.heedAudit(0)
  await streams(relay)
  await record({ key: 'a' })
  await eventually(async () => (await states()).E === 2, 'an event sent from the new slot')
})

test("a slot of the name that is not this outbox's is left alone, and the table read", async (t) => {
  const { startWalRelay, record, states, pool, slot } = await walHarness(t)
  await pool.query(`select pg_create_physical_replication_slot($1)`, [slot])
  try {
    const relay = startWalRelay()
    await record({ key: 'a' })
    await eventually(async () => (await states()).E === 1, 'the event sent')
    await eventually(
      async () => relay.status().stream?.problem?.includes('Choose another name'),
      'a clear problem',
    )
    assert.equal(relay.status().problem, undefined)
  } finally {
    await pool.query('select pg_drop_replication_slot($1)', [slot])
  }
})

test('while a transaction is held open a first relay reads the table, one that goes on from a stream the log', async (t) => {
  const harness = await walHarness(t)
  const { startWalRelay, stopRelay, record, states, databaseUrl, topic } = harness
  const holder = new pg.Client({ connectionString: databaseUrl })
  holder.on('error', () => {})
  await holder.connect()
  t.after(() => holder.end())
  const recordHeld = (payload: number) =>
    enqueue(holder, [{ topic, key: 'held', type: 'test.happened', payload }])
  await holder.query('begin')
  await recordHeld(1)
  const first = startWalRelay()
  await record({ key: 'a', payload: 2 })
  await eventually(async () => (await states()).E === 1, 'the event of another transaction sent')
  assert.equal(first.status().stream?.reading, false)
  await holder.query('commit')
  await streams(first)
  await record({ key: 'a', payload: 3 })
  await eventually(async () => (await states()).E === 3, 'all events sent')

  await holder.query('begin')
  await recordHeld(4)
  await stopRelay(first)
  await record({ key: 'a', payload: 5 })
  const second = startWalRelay()
  await streams(second)
  await record({ key: 'a', payload: 6 })
  await eventually(async () => (await states()).E === 5, 'all events but the held one sent')
  await holder.query('commit')
  await eventually(async () => (await states()).E === 6, 'the held event sent')
  assert.deepEqual(Object.fromEntries(await harness.payloads()), { held: [1, 4], a: [2, 3, 5, 6] })
})
