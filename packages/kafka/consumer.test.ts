import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { createAdmin } from './admin.ts'
import type { KafkaConfig } from './config.ts'
import type { ConsumedBatch, ConsumedRecord } from './consumedRecord.ts'
import { type Consumer, type ConsumerOptions, createConsumer } from './consumer.ts'
import type { KafkaError } from './kafkaError.ts'
import { createProducer } from './producer.ts'
import { eventually, membersOf, testRecord, testTopic } from './testTopic.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

function consumerOf(
  t: TestContext,
  config: KafkaConfig,
  options: Pick<ConsumerOptions, 'groupId' | 'topics' | 'onBatch'> & Partial<ConsumerOptions>,
): Consumer {
  const consumer = createConsumer(config, options)
  t.after(() => consumer.stop())
  return consumer
}

async function sendValues(
  t: TestContext,
  config: KafkaConfig,
  topic: string,
  values: string[],
): Promise<void> {
  const producer = createProducer(config)
  t.after(() => producer.close())
  await producer.send(values.map((value) => testRecord(topic, value)))
}

test('records gather from one fetch that had some to the next', async (t) => {
  const { config, topic } = await testTopic()
  const [gatherMs, values] = [50, Array.from({ length: 60 }, (_, n) => String(n))]
  const [seen, handedAt]: [string[], number[]] = [[], []]
  const onBatch = async ({ records }: ConsumedBatch) => {
    handedAt.push(performance.now())
    seen.push(...records.map(({ value }) => String(value)))
    return undefined
  }
  await consumerOf(t, config, { groupId: randomUUID(), topics: [topic], onBatch, gatherMs }).start()
  const producer = createProducer(config)
  t.after(() => producer.close())
  for (const value of values) await producer.send([testRecord(topic, value)])
  await eventually(() => seen.length === values.length)
  assert.deepEqual(seen, values)
  const [first = 0, last = 0] = [handedAt[0], handedAt.at(-1)]
  // Two more than that, since either end may be handed over with a delay.
  assert.ok(handedAt.length <= (last - first) / gatherMs + 2, `${handedAt.length} batches`)
})

async function lagOf(config: KafkaConfig, groupId: string, topic: string): Promise<number> {
  const admin = createAdmin(config)
  const lags = await admin.groupLag(groupId, [topic])
  await admin.close()
  return lags.reduce((sum, { lag }) => sum + lag, 0)
}

test('a new group reads from the beginning, and the next member resumes after what was committed', async (t) => {
  const { config, topic } = await testTopic(2)
  const groupId = randomUUID()
  await sendValues(t, config, topic, ['1', '2', '3'])
  const seen: ConsumedRecord[] = []
  const onBatch = async (batch: ConsumedBatch) => void seen.push(...batch.records)
  const first = consumerOf(t, config, { groupId, topics: [topic], onBatch })
  await first.start()
  assert.equal(first.health().joined, true)
  await eventually(() => seen.length === 3)
  await first.stop()
  assert.deepEqual(first.health().joined, false)
  assert.equal(await lagOf(config, groupId, topic), 0)

  await sendValues(t, config, topic, ['4', '5'])
  assert.equal(await lagOf(config, groupId, topic), 2)
  const second = consumerOf(t, config, { groupId, topics: [topic], onBatch })
  await second.start()
  await eventually(() => seen.length >= 5)
  await second.stop()
  assert.deepEqual(
    seen.map((record) => String(record.value)),
    ['1', '2', '3', '4', '5'],
  )
  const [record] = seen
  assert.deepEqual(
    [record?.key, record?.headers.ce_type, record?.timestamp, record?.offset],
    ['key', 'test', 1_700_000_000_123, 0n],
  )
})

test('the offset moves on only after the batch was handled', async (t) => {
  const { config, topic } = await testTopic()
  const groupId = randomUUID()
  await sendValues(t, config, topic, ['1'])
  let deliveries = 0
  const consumer = consumerOf(t, config, {
    groupId,
    topics: [topic],
    onBatch: async () => {
      deliveries += 1
      assert.equal(await lagOf(config, groupId, topic), 1)
      if (deliveries === 1) throw new Error('the first delivery fails')
    },
  })
  await consumer.start()
  await eventually(async () => deliveries === 2 && (await lagOf(config, groupId, topic)) === 0)
})

test('stop waits for the batch in hand and commits it', async (t) => {
  const { config, topic } = await testTopic()
  const groupId = randomUUID()
  await sendValues(t, config, topic, ['1', '2'])
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<undefined>()
  let done = false
  const consumer = consumerOf(t, config, {
    groupId,
    topics: [topic],
    onBatch: async () => {
      begun.resolve()
      await release.promise
      done = true
    },
  })
  await consumer.start()
  await begun.promise
  const stopped = consumer.stop()
  release.resolve(undefined)
  await stopped
  assert.equal(done, true)
  assert.equal(await lagOf(config, groupId, topic), 0)
})

test('a stop is bounded when the batch never ends', async (t) => {
  const { config, topic } = await testTopic()
  await sendValues(t, config, topic, ['1'])
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<undefined>()
  const onBatch = () => {
    begun.resolve()
    return release.promise
  }
  const consumer = createConsumer(config, {
    groupId: randomUUID(),
    topics: [topic],
    onBatch,
    stopTimeoutMs: 50,
  })
  await consumer.start()
  await begun.promise
  await consumer.stop()
  release.resolve(undefined)
})

test('a consumer that is stopped while it joins is no member afterwards', async (t) => {
  const { config, topic } = await testTopic()
  const groupId = randomUUID()
  const options = { groupId, topics: [topic], onBatch: async () => undefined }
  const first = consumerOf(t, config, options)
  await first.start()
  const stoppedAfter = async (turns: number) => {
    const consumer = createConsumer(config, options)
    const starting = consumer.start()
    for (let i = 0; i < turns && !consumer.health().joined; i++) await setImmediate()
    await consumer.stop()
    await starting
  }
  // With every one of these another step of joining is under way.
  await Promise.all([0, 1, 5, 10, 20, 40, 80, 160, 320, 640].map(stoppedAfter))
  assert.equal((await membersOf(config, groupId)).length, 1)
})

test('a consumer may start before its topic exists', async (t) => {
  const { config, topic } = await testTopic()
  const missing = `${topic}-later`
  const seen: string[] = []
  const warnings: string[] = []
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (_: object, text: string) => void warnings.push(text),
  }
  const consumer = consumerOf(
    t,
    { ...config, logger },
    {
      groupId: randomUUID(),
      topics: [missing],
      onBatch: async ({ records }) => void seen.push(...records.map((record) => String(record.value))),
    },
  )
  const started = consumer.start()
  await eventually(() => warnings.includes('the consumer cannot start yet'))
  const admin = createAdmin(config)
  await admin.ensureTopics([{ topic: missing, partitions: 1 }])
  await admin.close()
  await started
  await sendValues(t, config, missing, ['a'])
  await eventually(() => seen.length === 1)
})

test('a consumer that ends for good reports it', async (t) => {
  const { config, topic } = await testTopic()
  const crashes: KafkaError[] = []
  const consumer = consumerOf(t, config, {
    groupId: '', // refused for good
    topics: [topic],
    onBatch: async () => undefined,
    onCrash: (error) => void crashes.push(error),
  })
  await consumer.start()
  await eventually(() => crashes.length === 1)
  assert.equal(crashes[0]?.brokerCode, 42)
  assert.deepEqual(consumer.health(), {
    joined: false,
    lastHeartbeatAt: undefined,
    error: 'refused',
    crashed: true,
  })
})

test('the partitions of a member that leaves go to the other', async (t) => {
  const { config, topic } = await testTopic(4)
  const groupId = randomUUID()
  const seen: string[] = []
  const onBatch = async ({ records }: ConsumedBatch) => void seen.push(...records.map((r) => String(r.value)))
  const [one, two] = [1, 2].map(() => consumerOf(t, config, { groupId, topics: [topic], onBatch }))
  await Promise.all([one?.start(), two?.start()])
  await one?.stop()
  const producer = createProducer(config)
  t.after(() => producer.close())
  await producer.send(Array.from({ length: 20 }, (_, i) => testRecord(topic, String(i), `key-${i}`)))
  await eventually(() => new Set(seen).size === 20)
})

test('a topic deleted and made anew under a consumer is read from its start', async (t) => {
  const { config, topic } = await testTopic()
  const admin = createAdmin(config)
  t.after(() => admin.close())
  const groupId = randomUUID()
  const seen: string[] = []
  const consumer = consumerOf(t, config, {
    groupId,
    topics: [topic],
    onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
  })
  await consumer.start()
  await sendValues(t, config, topic, ['a', 'b', 'c', 'd', 'e'])
  await eventually(() => seen.length === 5)
  const values = Array.from({ length: 12 }, (_, i) => `new ${i}`)
  await admin.deleteTopics([topic])
  await admin.ensureTopics([{ topic, partitions: 1 }])
  await sendValues(t, config, topic, values)
  await eventually(() => seen.includes('new 11'))
  assert.deepEqual([...new Set(seen.slice(5))], values)
})

test('an offset committed for the topic that was there before is not taken for one of the new topic', async (t) => {
  const { config, topic } = await testTopic()
  const admin = createAdmin(config)
  t.after(() => admin.close())
  const groupId = randomUUID()
  const release = Promise.withResolvers<undefined>()
  const begun = Promise.withResolvers<void>()
  await sendValues(t, config, topic, ['a', 'b', 'c', 'd', 'e'])
  const first = consumerOf(t, config, {
    groupId,
    topics: [topic],
    onBatch: () => {
      begun.resolve()
      return release.promise
    },
  })
  await first.start()
  await begun.promise
  await admin.deleteTopics([topic])
  await admin.ensureTopics([{ topic, partitions: 1 }])
  const values = Array.from({ length: 12 }, (_, i) => `new ${i}`)
  await sendValues(t, config, topic, values)
  const stopped = first.stop()
  release.resolve(undefined)
  await stopped
  assert.equal((await admin.groupLag(groupId, [topic]))[0]?.committed, 5n)

  const seen: string[] = []
  const warnings: string[] = []
  const logger = { ...silent, warn: (_: object, text: string) => void warnings.push(text) }
  const onBatch = async ({ records }: ConsumedBatch) =>
    void seen.push(...records.map(({ value }) => String(value)))
  const second = consumerOf(t, { ...config, logger }, { groupId, topics: [topic], onBatch })
  await second.start()
  await eventually(() => seen.includes('new 11'))
  assert.deepEqual(seen, values)
  assert.ok(warnings.includes('the topic was deleted and made anew: its records are read from the start'))
})

test('the lag is 0 behind the marks of transactions and behind an aborted one', async (t) => {
  const { config, topic } = await testTopic()
  const admin = createAdmin(config)
  t.after(() => admin.close())
  const groupId = randomUUID()
  const seen: string[] = []
  const consumer = consumerOf(t, config, {
    groupId,
    topics: [topic],
    onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
  })
  await consumer.start()
  const client = new kafkajs.Kafka({ brokers: [...config.brokers], logLevel: kafkajs.logLevel.NOTHING })
  const producer = client.producer({
    transactionalId: randomUUID(),
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  t.after(() => producer.disconnect())
  await producer.connect()
  const aborted = await producer.transaction()
  await aborted.send({ topic, messages: [{ value: 'aborted' }] })
  await aborted.abort()
  const end = async () => (await admin.topicOffsets([topic]))[0]?.end
  await eventually(async () => (await end()) === 2n) // the mark is written a little later
  await eventually(async () => (await lagOf(config, groupId, topic)) === 0)
  const committed = await producer.transaction()
  await committed.send({ topic, messages: [{ value: 'committed' }] })
  await committed.commit()
  await eventually(async () => (await end()) === 4n)
  await eventually(async () => seen.length === 1 && (await lagOf(config, groupId, topic)) === 0)
  assert.deepEqual(seen, ['committed'])
})
