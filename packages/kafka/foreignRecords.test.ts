import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { Producer } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import type { KafkaConfig } from './config.ts'
import type { ConsumedRecord } from './consumedRecord.ts'
import { createConsumer } from './consumer.ts'
import { createProducer } from './producer.ts'
import { allRecords, eventually, testRecord, testTopic } from './testTopic.ts'

/** What a new group gets of a topic of one partition, once it has got `count` records. */
async function consumed(t: TestContext, config: KafkaConfig, topic: string, count: number) {
  const seen: ConsumedRecord[] = []
  const consumer = createConsumer(config, {
    groupId: randomUUID(),
    topics: [topic],
    onBatch: async ({ records }) => void seen.push(...records),
    onCrash: (error) => assert.fail(error),
  })
  t.after(() => consumer.stop())
  await consumer.start()
  await eventually(() => seen.length >= count)
  return seen
}

async function sendOurs(t: TestContext, config: KafkaConfig, topic: string, values: readonly string[]) {
  const producer = createProducer(config)
  t.after(() => producer.close())
  await producer.send(values.map((value) => testRecord(topic, value)))
}

/** Sends by kafkajs, whose headers may lack a value and whose keys may be any bytes. */
async function sendByKafkajs(
  t: TestContext,
  config: KafkaConfig,
  topic: string,
  messages: kafkajs.Message[],
) {
  const client = new kafkajs.Kafka({ brokers: [...config.brokers], logLevel: kafkajs.logLevel.NOTHING })
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  t.after(() => producer.disconnect())
  await producer.connect()
  await producer.send({ topic, messages })
}

const values = Array.from({ length: 30 }, (_, i) => `${i} ${'text '.repeat(40)}`)
const valuesOf = (records: readonly ConsumedRecord[]) => records.map(({ value }) => String(value))

for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
  test(`what the broker compresses with ${codec} is read in a group and without`, async (t) => {
    const { config, topic } = await testTopic(1, { 'compression.type': codec })
    await sendOurs(t, config, topic, values)
    assert.deepEqual(valuesOf(await consumed(t, config, topic, values.length)), values)
    assert.deepEqual(valuesOf(await allRecords(config, topic)), values)
  })

  test(`what a producer compresses with ${codec} is read in a group and without`, async (t) => {
    const { config, topic } = await testTopic(1, { 'compression.type': 'producer' })
    const options = { bootstrapBrokers: [...config.brokers], clientId: 'test', compression: codec }
    const producer = new Producer(options)
    t.after(() => producer.close())
    const messages = values.map((value) => ({ topic, value: Buffer.from(value), partition: 0 }))
    await producer.send({ messages, acks: -1 })
    assert.deepEqual(valuesOf(await consumed(t, config, topic, values.length)), values)
    assert.deepEqual(valuesOf(await allRecords(config, topic)), values)
  })
}

test('headers without a value, and with strange names, reach the handler, and so do the records beside them', async (t) => {
  const { config, topic } = await testTopic()
  const headers = new Map([
    [Buffer.from('none'), null as unknown as Buffer],
    [Buffer.from('__proto__'), Buffer.from('p')],
    [Buffer.from(''), Buffer.from('empty')],
    [Buffer.from('twice'), Buffer.from('1')],
    [Buffer.from('twice'), Buffer.from('2')],
  ])
  const foreign = new Producer({ bootstrapBrokers: [...config.brokers], clientId: 'test' })
  t.after(() => foreign.close())
  await sendOurs(t, config, topic, ['before'])
  await foreign.send({
    messages: [{ topic, value: Buffer.from('foreign'), partition: 0, headers }],
    acks: -1,
  })
  await sendOurs(t, config, topic, ['after'])
  const seen = await consumed(t, config, topic, 3)
  assert.deepEqual(valuesOf(seen), ['before', 'foreign', 'after'])
  assert.deepEqual(Object.entries(seen[1]?.headers ?? {}).toSorted(), [
    ['', 'empty'],
    ['__proto__', 'p'],
    ['none', ''],
    ['twice', '2'],
  ])
  assert.deepEqual(await allRecords(config, topic), seen)
})

test('a record with 10,000 headers is handed on as faulty, with its first ones', async (t) => {
  const { config, topic } = await testTopic()
  const producer = createProducer(config)
  t.after(() => producer.close())
  const many = Array.from({ length: 10_000 }, (_, i): [string, string] => [`h${i}`, 'x'])
  const record = testRecord(topic, 'many')
  await producer.send([{ ...record, headers: { ...record.headers, ...Object.fromEntries(many) } }])
  await producer.send([{ ...record, value: 'large', headers: { ...record.headers, h: 'x'.repeat(950_000) } }])
  await producer.send([testRecord(topic, 'after')])
  const seen = await consumed(t, config, topic, 3)
  assert.deepEqual(
    seen.map(({ value, fault, headers }) => [String(value), fault?.code, headers.ce_type]),
    [
      ['many', 'outOfBounds', 'test'],
      ['large', undefined, 'test'],
      ['after', undefined, 'test'],
    ],
  )
  assert.equal(Object.keys(seen[0]?.headers ?? {}).length, 128)
})

test('keys are whole, and no two that are not UTF-8 are the same', async (t) => {
  const { config, topic } = await testTopic()
  const long = 'k'.repeat(4_000)
  const keys = [Buffer.from([0xff]), Buffer.from([0xfe]), Buffer.from('\ufffdff'), Buffer.from(long), null]
  await sendByKafkajs(
    t,
    config,
    topic,
    keys.map((key) => ({ key, value: 'v' })),
  )
  const seen = (await consumed(t, config, topic, keys.length)).map(({ key }) => key)
  assert.deepEqual(seen, ['\ufffdff', '\ufffdfe', '\ufffdefbfbd6666', long, null])
})

test('a batch that unfolds to more than the bound is one faulty record, and the others take effect', async (t) => {
  const { config, topic } = await testTopic()
  await sendOurs(t, config, topic, ['before'])
  const bomb = createProducer(config, { compression: 'gzip', maxRequestBytes: 128 * 1024 * 1024 })
  t.after(() => bomb.close())
  await bomb.send([testRecord(topic, '0'.repeat(65 * 1024 * 1024)), testRecord(topic, 'with it')])
  await sendOurs(t, config, topic, ['after'])
  const seen = await consumed(t, config, topic, 3)
  assert.deepEqual(
    seen.slice(0, 3).map(({ offset, fault }) => [offset, fault?.code]),
    [
      [0n, undefined],
      [1n, 'undecodable'],
      [2n, undefined],
    ],
  )
  assert.match(seen[1]?.fault?.message ?? '', /^A batch of 1 records cannot be read: /)
})
