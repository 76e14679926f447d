import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { testServers } from '@relevo/testing'
import { createAdmin } from './admin.ts'
import { KafkaError, type KafkaErrorCode, type KafkaErrorScope } from './kafkaError.ts'
import { partitionOf } from './murmur2.ts'
import { createProducer } from './producer.ts'
import { allRecords, testRecord, testTopic } from './testTopic.ts'

async function failure(work: Promise<unknown>): Promise<KafkaError> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof KafkaError, String(error))
    return error
  }
  throw assert.fail('nothing was thrown')
}

function assertCode(
  error: KafkaError,
  code: KafkaErrorCode,
  flags: { retryable: boolean; scope: KafkaErrorScope },
) {
  assert.deepEqual(
    { code: error.code, retryable: error.retryable, scope: error.scope },
    { code, ...flags },
    error.message,
  )
}

const indexesOf = ({ errors }: KafkaError) => errors.map(({ index }) => index)

test('records arrive whole, in order, in the partition of their key', async (t) => {
  const { config, topic } = await testTopic(4)
  const producer = createProducer(config)
  t.after(() => producer.close())
  await producer.connect()
  const values = Array.from({ length: 500 }, (_, i) => `${i} ñandú`)
  for (const part of [values.slice(0, 250), values.slice(250)]) {
    await producer.send(part.map((value) => testRecord(topic, value, `k${Number.parseInt(value, 10) % 7}`)))
  }
  const records = await allRecords(config, topic)
  assert.equal(records.length, 500)
  for (const { key, partition, timestamp, headers } of records) {
    assert.equal(partition, partitionOf(String(key), 4))
    assert.equal(timestamp, 1_700_000_000_123)
    assert.equal(headers.ce_type, 'test')
  }
  for (const key of ['k0', 'k1', 'k6']) {
    const ofKey = records.filter((r) => r.key === key).map((r) => String(r.value))
    assert.deepEqual(
      ofKey,
      values.filter((value) => `k${Number.parseInt(value, 10) % 7}` === key),
    )
  }
})

test('the partition key chooses the partition and the key stays', async (t) => {
  const { config, topic } = await testTopic(8)
  const producer = createProducer(config)
  t.after(() => producer.close())
  await producer.send([{ ...testRecord(topic, 'v', 'key'), partitionKey: 'other' }])
  const [record] = await allRecords(config, topic)
  assert.equal(record?.key, 'key')
  assert.equal(record?.partition, partitionOf('other', 8))
  assert.notEqual(partitionOf('other', 8), partitionOf('key', 8))
})

test('prepared records go out when they are sent, and once prepared while another send is under way', async (t) => {
  const { config, topic } = await testTopic(2)
  const producer = createProducer(config, { maxBatchBytes: 2_000 })
  t.after(() => producer.close())
  const page = (first: number) =>
    Array.from({ length: 20 }, (_, i) => testRecord(topic, `${first + i} ${'x'.repeat(300)}`, 'k'))
  const first = producer.prepare(() => page(0)) // the partitions are not known yet
  const sending = first()
  const second = producer.prepare(() => page(20))
  await sending
  const third = producer.prepare(() => page(40))
  const unknown = producer.prepare(() => [testRecord(`${topic}-missing`, 'x', 'k')])
  await second()
  await third()
  assert.equal((await failure(unknown())).code, 'unknownTopic')
  const numbers = (await allRecords(config, topic)).map(({ value }) => Number.parseInt(String(value), 10))
  assert.deepEqual(numbers, [...Array(60).keys()])
})

test('a send larger than a batch may be goes out in several, in order', async (t) => {
  const { config, topic } = await testTopic(1)
  const producer = createProducer(config, { maxBatchBytes: 10_000 })
  t.after(() => producer.close())
  const values = Array.from({ length: 300 }, (_, i) => `${i}:${'x'.repeat(200)}`)
  await producer.send(values.map((value) => testRecord(topic, value)))
  assert.deepEqual(
    (await allRecords(config, topic)).map((r) => String(r.value)),
    values,
  )
})

for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
  test(`the broker takes batches compressed with ${compression}`, async (t) => {
    const { config, topic } = await testTopic()
    const producer = createProducer(config, { compression })
    t.after(() => producer.close())
    await producer.send([testRecord(topic, 'a'.repeat(500)), testRecord(topic, 'b')])
    assert.deepEqual(
      (await allRecords(config, topic)).map((r) => String(r.value)),
      ['a'.repeat(500), 'b'],
    )
  })
}

test('a record that is too large is named, what went before it is delivered, what follows it waits', async (t) => {
  const { config, topic } = await testTopic(2, { 'max.message.bytes': '3000' })
  const producer = createProducer(config)
  t.after(() => producer.close())
  const here = ['a', 'b', 'c', 'd', 'e', 'f'].find((key) => partitionOf(key, 2) === 0) ?? ''
  const elsewhere = ['a', 'b', 'c', 'd', 'e', 'f'].find((key) => partitionOf(key, 2) === 1) ?? ''
  const records = Array.from({ length: 12 }, (_, i) => testRecord(topic, String(i), here))
  records[5] = testRecord(topic, 'y'.repeat(4000), here)
  records[8] = testRecord(topic, 'elsewhere', elsewhere)
  const error = await failure(producer.send(records))
  assertCode(error, 'recordTooLarge', { retryable: false, scope: 'record' })
  assert.deepEqual(
    error.errors.map(({ index, code, scope }) => [index, code, scope]),
    [[5, 'recordTooLarge', 'record']],
  )
  assert.deepEqual(error.failed, [5, 6, 7, 9, 10, 11])
  assert.equal(error.topic, topic)
  const delivered = (await allRecords(config, topic)).map((r) => String(r.value))
  assert.deepEqual(delivered.toSorted(), ['0', '1', '2', '3', '4', 'elsewhere'])
})

test('a record above the largest request is named without being sent, and many records go out in several requests', async (t) => {
  const { config, topic } = await testTopic(2, { 'max.message.bytes': '10000000' })
  const producer = createProducer(config, { maxRequestBytes: 300_000 })
  t.after(() => producer.close())
  const small = Array.from({ length: 30 }, (_, i) => testRecord(topic, `${i} ${'x'.repeat(50_000)}`, `k${i}`))
  await producer.send(small)
  const error = await failure(
    producer.send([
      testRecord(topic, 'before'),
      testRecord(topic, 'y'.repeat(300_000)),
      testRecord(topic, 'z'),
    ]),
  )
  assertCode(error, 'recordTooLarge', { retryable: false, scope: 'record' })
  assert.deepEqual([error.failed, indexesOf(error), error.brokerCode], [[1, 2], [1], undefined])
  const values = (await allRecords(config, topic)).map((r) => String(r.value))
  assert.equal(values.length, 31)
  assert.ok(values.includes('before'))
})

test('an unknown topic fails just its own records, and is found once it exists', async (t) => {
  const { config, topic } = await testTopic()
  const producer = createProducer(config)
  t.after(() => producer.close())
  const missing = `${topic}-missing`
  const records = [testRecord(missing, 'a'), testRecord(topic, 'b'), testRecord(missing, 'c')]
  const error = await failure(producer.send(records))
  assertCode(error, 'unknownTopic', { retryable: false, scope: 'topic' })
  assert.deepEqual([error.failed, indexesOf(error), error.topic], [[0, 2], [0, 2], missing])
  assert.equal((await allRecords(config, topic)).length, 1)

  const admin = createAdmin(config)
  t.after(() => admin.close())
  await admin.ensureTopics([{ topic: missing, partitions: 1 }])
  await producer.send([testRecord(missing, 'd')])
})

test('a record whose time the broker does not take tells of a wrong clock, not of the record', async (t) => {
  const { brokers } = await testServers()
  const config = { brokers, clientId: 'test' }
  const admin = createAdmin(config)
  const producer = createProducer(config)
  t.after(() => Promise.all([producer.close(), admin.close()]))
  const topic = `clock-${Date.now()}`
  await admin.ensureTopics([{ topic, partitions: 1, config: { 'message.timestamp.after.max.ms': '60000' } }])
  const error = await failure(
    producer.send([{ ...testRecord(topic, 'a'), timestamp: Date.now() + 3_600_000 }, testRecord(topic, 'b')]),
  )
  // What was answered for a partition is said of it alone.
  assertCode(error, 'wrongTime', { retryable: true, scope: 'partition' })
})

test('an invalid topic name is the fault of the record', async (t) => {
  const { brokers } = await testServers()
  const producer = createProducer({ brokers, clientId: 'test' })
  t.after(() => producer.close())
  const error = await failure(producer.send([testRecord('no good!', 'a')]))
  assertCode(error, 'invalidTopic', { retryable: false, scope: 'record' })
})

test('a topic deleted and made anew under a running producer is found again', async (t) => {
  const { config, topic } = await testTopic(3)
  const producer = createProducer(config)
  const admin = createAdmin(config)
  t.after(() => Promise.all([producer.close(), admin.close()]))
  await producer.send([testRecord(topic, 'a')])
  await admin.deleteTopics([topic])
  const error = await failure(producer.send([testRecord(topic, 'b')]))
  assertCode(error, 'unknownTopic', { retryable: false, scope: 'topic' })
  await admin.ensureTopics([{ topic, partitions: 1 }])
  await producer.send([testRecord(topic, 'c')])
  assert.deepEqual(
    (await allRecords(config, topic)).map((r) => String(r.value)),
    ['c'],
  )
})

test('nobody listening is unreachable, and the call is bounded', async (t) => {
  const producer = createProducer({ brokers: ['127.0.0.1:1'], clientId: 'test' })
  t.after(() => producer.close())
  const error = await failure(producer.send([testRecord('t', 'a'), testRecord('t', 'b')]))
  assertCode(error, 'unreachable', { retryable: true, scope: 'cluster' })
  assert.deepEqual([error.failed, error.errors], [[0, 1], []])
  assertCode(await failure(producer.connect()), 'unreachable', { retryable: true, scope: 'cluster' })
})

test('a broker that accepts and never answers is a timeout', async (t) => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.after(() => silent.close())
  const { port } = silent.address() as AddressInfo
  const producer = createProducer(
    { brokers: [`127.0.0.1:${port}`], clientId: 'test' },
    { requestTimeoutMs: 200 },
  )
  t.after(() => producer.close())
  const error = await failure(producer.send([testRecord('t', 'a')]))
  assertCode(error, 'timeout', { retryable: true, scope: 'cluster' })
  assert.deepEqual(error.failed, [0])
  assertCode(await failure(producer.ping()), 'timeout', { retryable: true, scope: 'cluster' })
})

test('a closed producer says so', async () => {
  const producer = createProducer({ brokers: ['127.0.0.1:1'], clientId: 'test' })
  await producer.close()
  const error = await failure(producer.send([testRecord('t', 'a')]))
  assertCode(error, 'closed', { retryable: false, scope: 'cluster' })
})
