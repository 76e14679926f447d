import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { readTopic } from '@relevo/kafka'
import { eventually } from '@relevo/testing'
import { audit, listQuarantine } from './index.ts'
import type { Relay, RelayOptions } from './relay.ts'
import { relayHarness } from './relayHarness.ts'
import { troubledProducer } from './troubledProducer.ts'

type Harness = Awaited<ReturnType<typeof relayHarness>>

const quick = { retry: { initialMs: 10, maxMs: 100 }, refusalRetry: { initialMs: 10, maxMs: 20 } }

/** A relay that has begun to read the table or the log. */
async function startReading(
  { startRelay }: Harness,
  source: 'table' | 'wal',
  options: Partial<RelayOptions> = {},
): Promise<Relay> {
  const slot = `test_${randomUUID().replaceAll('-', '')}`
  const relay = startRelay({ ...quick, ...options, ...(source === 'wal' && { wal: { slot } }) })
  await eventually(() => source === 'table' || relay.status().stream?.reading, 'the log read')
  return relay
}

/** A topic with too few replicas, and a producer that finds it so; `heal` fixes that. */
async function weakTopics({ admin, producer }: Harness, count: number, config: Record<string, string> = {}) {
  const topics = Array.from({ length: count }, () => `weak-${randomUUID()}`)
  await admin.ensureTopics(topics.map((topic) => ({ topic, partitions: 3, config })))
  const weak = new Set(topics)
  return {
    topics,
    producer: troubledProducer(producer, (topic) => weak.has(topic)),
    heal: () => weak.clear(),
  }
}

async function assertAudited({ pool }: Harness): Promise<void> {
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
}

async function payloadsByKey({ kafka }: Harness, topic: string): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  for await (const { key, value } of readTopic(kafka, topic))
    found.set(key ?? '', [...(found.get(key ?? '') ?? []), Number(value)])
  return found
}

for (const source of ['table', 'wal'] as const)
  test(`2,000 keys of a missing topic wait, all others go out, and nobody has to step in (${source})`, async (t) => {
    const harness = await relayHarness(t)
    const { record, states, pool, admin } = harness
    const relay = await startReading(harness, source)
    const missing = `missing-${randomUUID()}`
    const keys = Array.from({ length: 2_000 }, (_, i) => `k${i}`)
    for (let round = 0; round < 2; round++) {
      await record(...keys.map((key) => ({ topic: missing, key, payload: round })), { key: `good${round}` })
      await record({ key: `k${round}`, payload: 100 + round }, { key: 'other' })
    }
    await eventually(async () => (await states()).E === 4, 'the events of other keys sent')
    const { X = 0, P = 0 } = await states()
    assert.equal(X + P, 4_002)
    await eventually(() => relay.status().heldTopics[0]?.keys === 2_000, 'all keys held')
    const [held] = relay.status().heldTopics
    assert.deepEqual([held?.topic, held?.partition, held?.code], [missing, -1, 'unknownTopic'])
    const { rows } = await pool.query(
      `select count(*)::integer as keys, count(*) filter (where state = 'quarantined')::integer as quarantined
       from outbox.quarantine`,
    )
    assert.deepEqual(rows, [{ keys: 2_000, quarantined: 0 }])
    const failed = await pool.query(
      `select error from outbox.event_status where state = 'X' and error not like '%${missing}%'`,
    )
    assert.deepEqual(failed.rows, [])

    await admin.ensureTopics([{ topic: missing, partitions: 3 }])
    await eventually(async () => (await states()).E === 4_006, 'all sent')
    await eventually(() => relay.status().quarantinedKeys === 0, 'no key waiting')
    assert.deepEqual((await listQuarantine(pool, { limit: 1 })).keys, [])
    const sent = await payloadsByKey(harness, missing)
    assert.equal(sent.size, 2_000)
    for (const payloads of sent.values()) assert.deepEqual(payloads, [0, 1])
    await assertAudited(harness)
  })

test('a topic below its min.insync.replicas holds back its keys only, and heals by itself', async (t) => {
  const harness = await relayHarness(t)
  const { record, states } = harness
  const {
    topics: [weak = ''],
    heal,
    producer,
  } = await weakTopics(harness, 1)
  const relay = await startReading(harness, 'table', { producer })
  const some = Array.from({ length: 100 }, (_, i) => i)
  for (const i of some) await record({ topic: weak, key: `w${i % 7}`, payload: i }, { key: `g${i}` })
  await eventually(async () => (await states()).E === 100, 'the other topic sent')
  assert.ok(relay.status().heldTopics.every(({ code }) => code === 'notEnoughReplicas'))
  assert.equal((await states()).E, 100)
  heal()
  await eventually(async () => (await states()).E === 200, 'all sent')
  const sent = await payloadsByKey(harness, weak)
  assert.deepEqual(
    [...sent.values()].flat().sort((a, b) => a - b),
    some,
  )
  for (const payloads of sent.values())
    assert.deepEqual(
      payloads,
      payloads.toSorted((a, b) => a - b),
    )
  await assertAudited(harness)
})

test('while every topic is in trouble nothing is copied; the lane waits and goes on once they are well', async (t) => {
  const harness = await relayHarness(t)
  const { record, states, pool } = harness
  const { topics, heal, producer } = await weakTopics(harness, 2)
  const relay = await startReading(harness, 'table', { producer, pageRows: 50 })
  for (let i = 0; i < 20; i++)
    await record(
      ...Array.from({ length: 10 }, (_, j) => ({
        topic: topics[j % 2] ?? '',
        key: `k${j}`,
        payload: i,
      })),
    )
  await eventually(
    async () => (await states()).X && relay.status().stalledShards.length > 0,
    'the lane stalled',
  )
  const { rows } = await pool.query('select max(attempts) as attempts from outbox.event_status')
  await eventually(async () => {
    const later = await pool.query('select max(attempts) as attempts from outbox.event_status')
    return later.rows[0].attempts > rows[0].attempts + 2
  }, 'several tries')
  const copied = await pool.query('select from outbox.quarantined_event')
  assert.equal(copied.rowCount, 0)
  heal()
  await eventually(async () => (await states()).E === 200, 'all sent')
  await assertAudited(harness)
})

test('behind a page of a topic in trouble another topic goes out, also when nothing was acknowledged before', async (t) => {
  const harness = await relayHarness(t)
  const { record, states } = harness
  const {
    topics: [weak = ''],
    heal,
    producer,
  } = await weakTopics(harness, 1)
  for (let i = 0; i < 5; i++)
    await record(...Array.from({ length: 20 }, (_, j) => ({ topic: weak, key: `w${j}`, payload: i })))
  await record({ key: 'good' })
  await startReading(harness, 'table', { producer, pageRows: 20 })
  await eventually(async () => (await states()).E === 1, 'the other topic sent')
  heal()
  await eventually(async () => (await states()).E === 101, 'all sent')
  for (const payloads of (await payloadsByKey(harness, weak)).values())
    assert.deepEqual(payloads, [0, 1, 2, 3, 4])
  await assertAudited(harness)
})

test('with more events held than may be, the lane waits, and goes on once the topic is back', async (t) => {
  const harness = await relayHarness(t)
  const { record, states, pool } = harness
  const {
    topics: [weak = ''],
    heal,
    producer,
  } = await weakTopics(harness, 1)
  const relay = await startReading(harness, 'table', { producer, heldEvents: 30, pageRows: 10 })
  for (let i = 0; i < 50; i++) await record({ topic: weak, key: `w${i % 5}`, payload: i }, { key: 'good' })
  await eventually(() => relay.status().stalledShards.length > 0, 'the lane stalled')
  const { rowCount } = await pool.query('select from outbox.quarantined_event')
  assert.ok(rowCount && rowCount <= 30, `${rowCount} held`)
  heal()
  await eventually(async () => (await states()).E === 100, 'all sent')
  await assertAudited(harness)
})

test('a key behind an event that is too large waits for an operator, whatever happens to its topic', async (t) => {
  const harness = await relayHarness(t)
  const { record, states, pool, topic } = harness
  const {
    topics: [weak = ''],
    heal,
    producer,
  } = await weakTopics(harness, 1, { 'max.message.bytes': '1000' })
  await startReading(harness, 'table', { producer })
  await record({ key: 'a', topic: weak, payload: 'x'.repeat(2_000) }, { key: 'a', topic }, { key: 'b' })
  await eventually(async () => (await states()).E === 1, 'the other key sent')
  heal()
  await eventually(async () => {
    const [entry] = (await listQuarantine(pool, { limit: 1 })).keys
    return entry?.state === 'quarantined' && entry.errorCode === 'recordTooLarge'
  }, 'the key quarantined for its event')
  assert.deepEqual(await states(), { E: 1, X: 1, P: 1 })
})
