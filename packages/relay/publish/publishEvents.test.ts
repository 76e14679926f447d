import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaError, type OutgoingRecord, type RecordError } from '@relevo/kafka'
import fc from 'fast-check'
import type { OutboxEvent } from './event.ts'
import { eventRecord } from './eventRecord.ts'
import { publishEvents } from './publishEvents.ts'

function outboxEvent(id: number, fields: Partial<OutboxEvent> = {}): OutboxEvent {
  return {
    id,
    shard: 0,
    eventId: `e${id}`,
    topic: 'good',
    key: 'k',
    partitionKey: null,
    type: 't',
    headers: null,
    payload: '{}',
    createdAt: '2026-01-01 00:00:00+00',
    ...fields,
  }
}

function recordError(index: number, topic: string, code: 'unknownTopic' | 'recordTooLarge'): RecordError {
  const scope = code === 'unknownTopic' ? 'topic' : 'record'
  return { index, topic, code, scope, partition: -1, brokerCode: undefined, message: 'refused' }
}

/** Which records a broker fails: each partition takes its own until one is refused. */
function judge(records: readonly OutgoingRecord[], refuses: (record: OutgoingRecord) => boolean) {
  const failed: number[] = []
  const errors: RecordError[] = []
  const stopped = new Set<string>()
  for (const [index, record] of records.entries()) {
    const partition = `${record.topic} ${record.partitionKey ?? record.key}`
    const missing = record.topic === 'missing'
    if (refuses(record) && (missing || !stopped.has(partition))) {
      stopped.add(partition)
      errors.push(recordError(index, record.topic, missing ? 'unknownTopic' : 'recordTooLarge'))
    }
    if (stopped.has(partition)) failed.push(index)
  }
  return { failed, errors }
}

/** What a broker does with records as far as order goes. */
function modelBroker(refuses: (record: OutgoingRecord) => boolean, saysFailed = true) {
  const log: { id: number; key: string }[] = []
  let sends = 0
  async function send(events: readonly OutboxEvent[]): Promise<void> {
    const records = events.map((event) => eventRecord(event, '/test'))
    sends += 1
    const { failed, errors } = judge(records, refuses)
    for (const [index, { headers, key }] of records.entries())
      if (!failed.includes(index)) log.push({ id: Number(headers.ce_outboxid), key: key ?? '' })
    const worst = errors.find(({ scope }) => scope === 'record') ?? errors[0]
    if (!worst) return
    throw new KafkaError(worst.code, 'refused', { ...worst, ...(saysFailed && { failed, errors }) })
  }
  return { log, send, sends: () => sends }
}

const isPoison = (record: { topic: string; value?: unknown; payload?: string }) =>
  record.topic === 'missing' || (record.value ?? record.payload) === '"poison"'

const pages = fc
  .array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      topic: fc.constantFrom('good', 'good', 'fine', 'missing'),
      partitionKey: fc.constantFrom(null, null, 'p1', 'p2'),
      payload: fc.constantFrom('1', '2', '3', '"poison"'),
    }),
    { maxLength: 40 },
  )
  .map((list) => list.map((fields, index) => outboxEvent(index + 1, fields)))

const ids = (events: readonly { id: number }[]) => events.map(({ id }) => id)
const ascending = (numbers: number[]) => numbers.toSorted((a, b) => a - b)

test('each key goes out in order up to its first refused event, which stands alone; the rest waits behind it', async () => {
  await fc.assert(
    fc.asyncProperty(pages, async (events) => {
      const broker = modelBroker(isPoison)
      const { acknowledged, refused, behind, trouble } = await publishEvents(events, broker.send)
      assert.equal(trouble, undefined)
      const sent: number[] = []
      const firstRefused: number[] = []
      const waiting: number[] = []
      for (const key of ['a', 'b', 'c', 'd']) {
        const ofKey = events.filter((event) => event.key === key)
        const poison = ofKey.findIndex(isPoison)
        const good = poison < 0 ? ofKey : ofKey.slice(0, poison)
        sent.push(...ids(good))
        if (poison >= 0) firstRefused.push(ofKey[poison]?.id ?? 0)
        if (poison >= 0) waiting.push(...ids(ofKey.slice(poison + 1)))
        const written = broker.log.filter((record) => record.key === key)
        assert.deepEqual(ids(written), ids(good), `key ${key} in order, each once`)
      }
      assert.deepEqual(ascending(ids(acknowledged)), ascending(sent))
      assert.deepEqual(ascending(refused.map(({ event }) => event.id)), ascending(firstRefused))
      assert.deepEqual(ascending(ids(behind)), ascending(waiting))
    }),
    { numRuns: 500 },
  )
})

test('where the error does not tell what failed, first deliveries are in order all the same', async () => {
  await fc.assert(
    fc.asyncProperty(pages, async (events) => {
      const broker = modelBroker(isPoison, false)
      const { acknowledged } = await publishEvents(events, broker.send)
      const first = [...new Set(broker.log.map(({ id }) => id))]
      assert.deepEqual(ascending(first), ascending(ids(acknowledged)))
      for (const key of ['a', 'b', 'c', 'd']) {
        const ofKey = new Set(ids(events.filter((event) => event.key === key)))
        const written = first.filter((id) => ofKey.has(id))
        assert.deepEqual(written, ascending(written))
      }
    }),
    { numRuns: 500 },
  )
})

test('events for one partition go out in one call', async () => {
  const broker = modelBroker(() => false)
  const events = Array.from({ length: 1_000 }, (_, i) => outboxEvent(i + 1, { key: `k${i % 50}` }))
  const { acknowledged } = await publishEvents(events, broker.send)
  assert.equal(acknowledged.length, 1_000)
  assert.equal(broker.sends(), 1)
})

test('a topic that is missing is refused for all its keys in one call', async () => {
  const broker = modelBroker(isPoison)
  const events = Array.from({ length: 200 }, (_, i) => outboxEvent(i + 1, { key: `k${i}`, topic: 'missing' }))
  const { refused } = await publishEvents(events, broker.send)
  assert.equal(refused.length, 200)
  assert.equal(broker.sends(), 1)
})

test('trouble ends the attempt: what was taken is known, the rest is neither refused nor behind', async () => {
  const outage = new KafkaError('unreachable', 'gone', { failed: [1] })
  const events = [outboxEvent(1, { key: 'a' }), outboxEvent(2, { key: 'b' })]
  const result = await publishEvents(events, () => Promise.reject(outage))
  assert.deepEqual(result, { acknowledged: [events[0]], refused: [], behind: [], trouble: outage })
})

test('an error that is not one of Kafka is trouble, not a refusal', async () => {
  const bug = new TypeError('x is not a function')
  const result = await publishEvents([outboxEvent(1)], () => Promise.reject(bug))
  assert.equal(result.trouble, bug)
  assert.deepEqual(result.acknowledged, [])
})
