// A group that kafkajs, which knows the classic protocol only, consumed in: as releases before the consumer protocol did.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import kafkajs from 'kafkajs'
import type { KafkaConfig } from './config.ts'
import { createConsumer } from './consumer.ts'
import { createProducer } from './producer.ts'
import { eventually, membersOf, testRecord, testTopic } from './testTopic.ts'

interface Group {
  readonly config: KafkaConfig
  readonly topic: string
  readonly groupId: string
  /** What was handled, in which order, as `<by whom> <value>`. */
  readonly seen: string[]
}

async function startClassic(t: TestContext, { config, topic, groupId, seen }: Group, name: string) {
  const client = new kafkajs.Kafka({ brokers: [...config.brokers], logLevel: kafkajs.logLevel.NOTHING })
  const consumer = client.consumer({ groupId, heartbeatInterval: 200 })
  t.after(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(`${name} ${message.value}`) })
  return consumer
}

async function startOurs(t: TestContext, { config, topic, groupId, seen }: Group, name: string) {
  const consumer = createConsumer(config, {
    groupId,
    topics: [topic],
    onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => `${name} ${value}`)),
  })
  t.after(() => consumer.stop())
  await consumer.start()
  return consumer
}

/** Whether both members own what the group wants them to have: two partitions each. */
async function isShared({ config, groupId }: Group): Promise<boolean> {
  const members = await membersOf(config, groupId)
  const counts = (of: 'assignment' | 'targetAssignment') =>
    members.map((member) => member[of].topicPartitions.flatMap(({ partitions }) => partitions).length)
  return String([counts('assignment'), counts('targetAssignment')]) === String([2, 2, 2, 2])
}

test('members of the consumer protocol replace those of the classic one, and back, without a loss or a repetition', async (t) => {
  const group: Group = { ...(await testTopic(4)), groupId: randomUUID(), seen: [] }
  const { config, topic, seen } = group
  const producer = createProducer(config)
  t.after(() => producer.close())
  const expected: string[] = []
  /** Sends some for each partition, and returns by whom they were handled. */
  async function sendSome(): Promise<string[]> {
    const values = Array.from({ length: 40 }, (_, i) => String(expected.length + i))
    expected.push(...values)
    const before = seen.length
    await producer.send(values.map((value) => testRecord(topic, value, value)))
    await eventually(() => seen.length >= expected.length)
    const handled = seen.map((line) => line.split(' ')[1])
    assert.deepEqual(handled.toSorted(), expected.toSorted())
    return [...new Set(seen.slice(before).map((line) => line.split(' ')[0] as string))].toSorted()
  }

  const former = await startClassic(t, group, 'former')
  assert.deepEqual(await sendSome(), ['former'])
  const ours = await startOurs(t, group, 'ours') // beside it, as in a rollout
  await eventually(() => isShared(group))
  assert.deepEqual(await sendSome(), ['former', 'ours'])
  await former.disconnect()
  assert.deepEqual(await sendSome(), ['ours'])
  const next = await startClassic(t, group, 'back') // the rollout is undone
  await eventually(() => isShared(group))
  assert.deepEqual(await sendSome(), ['back', 'ours'])
  await ours.stop()
  assert.deepEqual(await sendSome(), ['back'])
  await next.disconnect()
})
