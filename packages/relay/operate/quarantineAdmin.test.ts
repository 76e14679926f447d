import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createProducer } from '@relevo/kafka'
import { eventually, setTopicConfig } from '@relevo/testing'
import {
  awaitCommand,
  commandQuarantine,
  countQuarantine,
  listQuarantine,
  outboxStatus,
  showQuarantine,
} from '../index.ts'
import { relayHarness } from '../relayHarness.ts'
import { switchedProducer } from '../troubledProducer.ts'

const large = 'x'.repeat(2_000)

/** Three keys in the quarantine, since their topics take no large events. */
async function quarantined(harness: Awaited<ReturnType<typeof relayHarness>>) {
  const { startRelay, record, admin, pool } = harness
  const [one = '', other = ''] = [`one-${randomUUID()}`, `other-${randomUUID()}`]
  const config = { 'max.message.bytes': '1000' }
  await admin.ensureTopics([one, other].map((topic) => ({ topic, partitions: 1, config })))
  const relay = startRelay({ attempts: 1, refusalRetry: { initialMs: 10, maxMs: 20 } })
  await record(
    { key: 'a1', topic: one, payload: large, type: 'made' },
    { key: 'a2', topic: one, payload: large },
    { key: 'b', topic: other, payload: large, headers: { why: 'test' } },
    { key: 'b', topic: other, payload: 2 },
  )
  const wait = async () => (await countQuarantine(pool, { state: 'quarantined' })).keys === 3
  await eventually(wait, 'three keys quarantined')
  return { one, other, relay }
}

test('quarantined keys are listed and counted by filter and page, and shown with their events', async (t) => {
  const harness = await relayHarness(t)
  const { pool } = harness
  const { one, other } = await quarantined(harness)
  const keysOf = async (filter: Parameters<typeof countQuarantine>[1]) =>
    (await listQuarantine(pool, { limit: 10, filter: filter ?? {} })).keys.map(({ key }) => key).sort()
  assert.deepEqual(await keysOf({ topic: one }), ['a1', 'a2'])
  assert.deepEqual(await keysOf({ type: 'made' }), ['a1'])
  assert.deepEqual(await keysOf({ keyPrefix: 'a' }), ['a1', 'a2'])
  assert.deepEqual(await keysOf({ code: 'recordTooLarge', topic: other }), ['b'])
  assert.deepEqual(await keysOf({ code: 'invalidRecord' }), [])
  assert.deepEqual(await countQuarantine(pool), { keys: 3, events: 4 })
  const {
    keys: [first],
    next,
  } = await listQuarantine(pool, { limit: 1 })
  const rest = await listQuarantine(pool, { limit: 2, after: next })
  assert.deepEqual([rest.keys.length, rest.next], [2, undefined])
  assert.ok(!rest.keys.some(({ key }) => key === first?.key))
  await assert.rejects(listQuarantine(pool, { limit: 1, after: '0:a' }), RangeError)
  assert.deepEqual(await keysOf({ eventId: first?.head?.eventId }), [first?.key])
  const shown = await showQuarantine(pool, 'b', 10)
  assert.deepEqual(
    shown?.events.map(({ payload, headers, attempts }) => [payload, headers, attempts > 0]),
    [
      [`"${large}"`, '{"why":"test"}', true],
      ['2', null, false],
    ],
  )
  assert.equal(await showQuarantine(pool, 'nobody', 10), undefined)
})

test('a command for a topic reaches its keys alone, and what has become of it is told', async (t) => {
  const harness = await relayHarness(t)
  const { pool, kafka, states } = harness
  const { one, other } = await quarantined(harness)
  const again = await awaitCommand(pool, await commandQuarantine(pool, { topic: one }, 'redrive'))
  assert.deepEqual(again.rejected.map(({ key, code }) => [key, code]).sort(), [
    ['a1', 'recordTooLarge'],
    ['a2', 'recordTooLarge'],
  ])
  assert.deepEqual([again.done, again.pending], [0, []])
  await setTopicConfig(kafka.brokers, one, { 'max.message.bytes': '100000' })
  const delivered = await awaitCommand(pool, await commandQuarantine(pool, { topic: one }, 'redrive'))
  assert.deepEqual(delivered, { done: 2, rejected: [], pending: [] })
  const skipped = await awaitCommand(pool, await commandQuarantine(pool, {}, 'skip'))
  assert.deepEqual(skipped, { done: 2, rejected: [], pending: [] })
  assert.deepEqual(await states(), { E: 3, X: 1 })
  assert.equal((await countQuarantine(pool, { topic: other })).keys, 0)
})

test('the status of an outbox names who relays it, and what is wrong with it', async (t) => {
  const harness = await relayHarness(t)
  const { pool, stopRelay } = harness
  const { relay } = await quarantined(harness)
  const status = await outboxStatus(pool)
  assert.deepEqual(
    status.relays.map(({ owner, shards }) => [owner, shards]),
    [[relay.status().owner, 16]],
  )
  assert.deepEqual([status.source, status.freeShards, status.quarantinedKeys], ['table', 0, 3])
  assert.deepEqual([status.failing, status.heldTopics], [undefined, []])
  assert.match(status.problems.join(), /^3 keys wait for a decision/)
  await stopRelay(relay)
  assert.match((await outboxStatus(pool)).problems[0] ?? '', /No relay lives/)
})

test('while Kafka is away the status says so, with the shard, the error and since when', async (t) => {
  const { startRelay, record, pool, kafka } = await relayHarness(t)
  const lost = createProducer({ ...kafka, brokers: ['127.0.0.1:1'] })
  t.after(() => lost.close())
  const lines: string[] = []
  const log = (level: string) => (_: object, message: string) => void lines.push(`${level}: ${message}`)
  const logger = { debug() {}, info: log('info'), warn: log('warn'), error: log('error') }
  const real = createProducer(kafka)
  t.after(() => real.close())
  const { producer, use } = switchedProducer(lost)
  const relay = startRelay({ producer, logger, retry: { initialMs: 5, maxMs: 10 } })
  await record({ key: 'k' })
  const failing = await eventually(async () => {
    const { failing: found } = await outboxStatus(pool)
    return found && found.attempts > 3 && found
  }, 'several tries')
  assert.match(failing.error, /cannot be/)
  assert.match(relay.status().problem ?? '', /Kafka does not take events \(unreachable\)/)
  assert.equal(lines.filter((line) => line.startsWith('warn: Kafka does not take')).length, 1)
  use(real)
  await eventually(() => lines.some((line) => /^info: Kafka is back: 1 events sent/.test(line)), 'the news')
  assert.equal(relay.status().problem, undefined)
  await eventually(async () => (await outboxStatus(pool)).problems.length === 0, 'no problem in the database')
})
