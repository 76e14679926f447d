// Every topic of every system, as it is defined, is read whoever wrote it and with whichever codec. The broker writes
// a topic's own codec whatever it gets.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { Producer } from '@platformatic/kafka'
import { topicDefinition } from '@relevo/contracts'
import { testServers } from '@relevo/testing'
import kafkajs from 'kafkajs'
import { allTopics } from '../../systems/index.ts'
import * as shopTopics from '../../systems/shop/topics.ts'
import { createAdmin } from './admin.ts'
import type { ConsumedBatch, ConsumedRecord } from './consumedRecord.ts'
import { createConsumer } from './consumer.ts'
import { createProducer } from './producer.ts'
import { allRecords, eventually, testRecord } from './testTopic.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const values = (writer: string) => Array.from({ length: 5 }, (_, i) => `${writer} ${i} ${'text '.repeat(40)}`)

// kafkajs brings gzip alone; zstd stands for those that its users plug in.
const { CompressionTypes, CompressionCodecs } = kafkajs
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder: { buffer: Buffer }) => promisify(zlib.zstdCompress)(encoder.buffer),
  decompress: (buffer: Buffer) => promisify(zlib.zstdDecompress)(buffer),
})

test('each topic is read whoever wrote it, with any codec', async (t) => {
  const { brokers } = await testServers()
  const config = { brokers, clientId: 'test' }
  const run = randomUUID()
  // Those of the shop also while the service that has them is not there yet.
  const defined = new Map([...allTopics, ...Object.values(shopTopics)].map((topic) => [topic.name, topic]))
  const specs = [...defined.values()].map((topic) => {
    const spec = topicDefinition(topic)
    return { ...spec, topic: `${spec.topic}.${run}` }
  })
  const topics = specs.map(({ topic }) => topic)
  const admin = createAdmin(config)
  t.after(() => admin.close())
  await admin.ensureTopics(specs)
  const own = new Map(specs.map(({ topic, config }) => [topic, config['compression.type']]))
  assert.ok(['gzip', 'snappy', 'lz4'].every((codec) => [...own.values()].includes(codec)))
  const described = (await admin.listTopics()).filter(({ topic }) => own.has(topic))
  for (const { topic, config } of described)
    assert.equal(config['compression.type'], own.get(topic) ?? 'producer', topic)

  const expected: string[] = []
  for (const compression of codecs) {
    const [ourName, foreignName] = [`ours ${compression}`, `foreign ${compression}`]
    const ours = createProducer(config, { compression })
    t.after(() => ours.close())
    const now = Date.now()
    const records = topics.flatMap((topic) => {
      return values(ourName).map((value) => ({ ...testRecord(topic, value), timestamp: now }))
    })
    await ours.send(records)
    const foreign = new Producer({ bootstrapBrokers: [...brokers], clientId: 'test', compression })
    t.after(() => foreign.close())
    const messages = topics.flatMap((topic) => {
      return values(foreignName).map((value) => ({ topic, value: Buffer.from(value), partition: 0 }))
    })
    await foreign.send({ messages, acks: -1 })
    expected.push(...values(ourName), ...values(foreignName))
  }
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  t.after(() => producer.disconnect())
  await producer.connect()
  for (const compression of [CompressionTypes.None, CompressionTypes.GZIP, CompressionTypes.ZSTD]) {
    const name = `kafkajs ${compression}`
    const messages = values(name).map((value) => ({ value }))
    await producer.sendBatch({ compression, topicMessages: topics.map((topic) => ({ topic, messages })) })
    expected.push(...values(name))
  }

  const seen: ConsumedRecord[] = []
  const onBatch = async ({ records }: ConsumedBatch) => void seen.push(...records)
  const consumer = createConsumer(config, { groupId: randomUUID(), topics, onBatch })
  t.after(() => consumer.stop())
  await consumer.start()
  await eventually(() => seen.length >= topics.length * expected.length)
  const valuesOf = (records: readonly ConsumedRecord[]) =>
    records.map(({ value }) => String(value)).toSorted()
  for (const topic of topics) {
    assert.deepEqual(valuesOf(seen.filter((record) => record.topic === topic)), expected.toSorted(), topic)
    assert.deepEqual(valuesOf(await allRecords(config, topic)), expected.toSorted(), topic)
  }
})
