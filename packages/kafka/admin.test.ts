import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createAdmin } from './admin.ts'
import { KafkaError } from './kafkaError.ts'
import { createProducer } from './producer.ts'
import { readTopic } from './readTopic.ts'
import { allRecords, testRecord, testTopic } from './testTopic.ts'

test('ensuring topics twice, or at once from two places, leaves them as they were made first', async (t) => {
  const { config, topic } = await testTopic(3)
  const [one, two] = [createAdmin(config), createAdmin(config)]
  t.after(() => Promise.all([one.close(), two.close()]))
  const other = `${topic}-other`
  const spec = [
    { topic, partitions: 5 },
    { topic: other, partitions: 2, config: { 'retention.ms': '1000000' } },
  ]
  await Promise.all([one.ensureTopics(spec), two.ensureTopics(spec)])
  await one.ensureTopics(spec)
  const offsets = await one.topicOffsets([topic, other])
  assert.deepEqual(
    [3, 2],
    [topic, other].map((name) => offsets.filter((o) => o.topic === name).length),
  )
})

test('offsets and lag count the records of each partition', async (t) => {
  const { config, topic } = await testTopic(2)
  const admin = createAdmin(config)
  const producer = createProducer(config)
  t.after(() => Promise.all([admin.close(), producer.close()]))
  await producer.send(Array.from({ length: 10 }, (_, i) => testRecord(topic, String(i), `key-${i}`)))
  const offsets = await admin.topicOffsets([topic])
  assert.equal(
    offsets.reduce((sum, { start, end }) => sum + end - start, 0n),
    10n,
  )
  const lags = await admin.groupLag(randomUUID(), [topic])
  assert.deepEqual(
    lags.map(({ partition, lag }) => [partition, BigInt(lag)]),
    offsets.map(({ partition, end }) => [partition, end]),
  )
})

test('a topic is read whole, also when it takes many fetches, and an empty one gives nothing', async (t) => {
  const { config, topic } = await testTopic(3)
  assert.deepEqual(await allRecords(config, topic), [])
  const producer = createProducer(config)
  t.after(() => producer.close())
  const value = 'x'.repeat(50_000)
  for (let batch = 0; batch < 10; batch++) {
    const indexes = Array.from({ length: 30 }, (_, i) => batch * 30 + i)
    await producer.send(indexes.map((i) => testRecord(topic, `${i}:${value}`, `key-${i % 11}`)))
  }
  const records = await allRecords(config, topic)
  assert.deepEqual(
    records.map((record) => Number.parseInt(String(record.value), 10)).toSorted((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i),
  )
  const places = records.map((record) => record.partition * 1000 + Number(record.offset))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
})

test('reading an unknown topic, or from nobody, is a KafkaError', async () => {
  const { config, topic } = await testTopic()
  const isCode = (code: string) => (error: unknown) => error instanceof KafkaError && error.code === code
  await assert.rejects(readTopic(config, `${topic}-missing`).next(), isCode('unknownTopic'))
  const nobody = { ...config, brokers: ['127.0.0.1:1'] }
  await assert.rejects(readTopic(nobody, topic).next(), isCode('unreachable'))
})
