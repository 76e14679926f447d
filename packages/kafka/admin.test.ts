import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createAdmin } from './admin.ts'
import { createConsumer } from './consumer.ts'
import { KafkaError } from './kafkaError.ts'
import type { PartitionOffsets } from './offsets.ts'
import { createProducer } from './producer.ts'
import { readTopic } from './readTopic.ts'
import { allRecords, eventually, testRecord, testTopic } from './testTopic.ts'

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

test('topics are listed with their settings, and a cluster has one id', async (t) => {
  const { config, topic } = await testTopic(3, { 'retention.ms': '1234567' })
  const admin = createAdmin(config)
  t.after(() => admin.close())
  const found = (await admin.listTopics()).find((listed) => listed.topic === topic)
  assert.deepEqual([found?.partitions, found?.replicationFactor], [3, 1])
  assert.equal(found?.config['retention.ms'], '1234567')
  assert.equal(found?.config['cleanup.policy'], 'delete')
  const id = await admin.clusterId()
  assert.match(id, /^[\w-]{22}$/)
  assert.equal(await admin.clusterId(), id)
})

test('a group without members is set back to a time, one with members is not', async (t) => {
  const { config, topic } = await testTopic()
  const admin = createAdmin(config)
  const producer = createProducer(config)
  t.after(() => Promise.all([admin.close(), producer.close()]))
  const times = [1_000, 2_000, 3_000, 4_000]
  for (const timestamp of times) await producer.send([{ ...testRecord(topic, String(timestamp)), timestamp }])
  const groupId = randomUUID()
  const offsets = await admin.offsetsAt([topic], 2_500)
  assert.deepEqual(offsets, [{ topic, partition: 0, offset: 2n }])
  assert.deepEqual(await admin.offsetsAt([topic], 4_001), [{ topic, partition: 0, offset: 4n }])
  await admin.setGroupOffsets(groupId, offsets)
  const behind = { topic, partition: 0, lag: 2, committed: 2n }
  assert.deepEqual(await admin.groupLag(groupId, [topic]), [behind])
  const both = [groupId, randomUUID()].map((id) => ({ groupId: id, topics: [topic] }))
  assert.deepEqual(await admin.groupLags(both), [[behind], [{ ...behind, lag: 4, committed: undefined }]])

  const seen: string[] = []
  const consumer = createConsumer(config, {
    groupId,
    topics: [topic],
    onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
  })
  t.after(() => consumer.stop())
  await consumer.start()
  await assert.rejects(admin.setGroupOffsets(groupId, offsets), { code: 'groupInUse', retryable: false })
  await eventually(() => seen.length === 2)
  assert.deepEqual(seen, ['3000', '4000'])
})

test('a topic is read from any place on, and followed until a signal', async (t) => {
  const { config, topic } = await testTopic(2)
  const producer = createProducer(config)
  t.after(() => producer.close())
  const send = (first: number) =>
    producer.send([0, 1, 2, 3, 4, 5].map((i) => testRecord(topic, String(first + i), `key-${i}`)))
  await send(0)
  const ends: string[] = []
  for await (const { partition, value } of readTopic(config, topic, { from: ({ end }) => end - 1n })) {
    ends.push(`${partition} ${value}`)
  }
  assert.equal(ends.length, 2)
  const seen: number[] = []
  const stop = new AbortController()
  const options = { from: ({ end }: PartitionOffsets) => end + 100n, follow: true, signal: stop.signal }
  const reading = (async () => {
    for await (const { value } of readTopic(config, topic, options)) {
      if (seen.push(Number(value)) === 6) stop.abort()
    }
  })()
  for (let next = 10; seen.length === 0; next += 6) await send(next)
  await reading
  assert.ok(seen.length >= 6 && seen.every((number) => number >= 10))
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
