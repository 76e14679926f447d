import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { Admin, consumerGroupHeartbeatV1 } from '@platformatic/kafka'
import { createAdmin } from './admin.ts'
import type { KafkaConfig } from './config.ts'
import type { ConsumedBatch } from './consumedRecord.ts'
import { createConsumer } from './consumer.ts'
import { coordinatorOf } from './groups.ts'
import { createProducer } from './producer.ts'
import { openSession } from './session.ts'
import { eventually, membersOf, testRecord, testTopic } from './testTopic.ts'

async function startConsumer(
  t: TestContext,
  config: KafkaConfig,
  options: { groupId: string; topic: string; onBatch(batch: ConsumedBatch): Promise<undefined> },
) {
  const { groupId, topic, onBatch } = options
  const consumer = createConsumer(config, { groupId, topics: [topic], onBatch })
  t.after(() => consumer.stop())
  await consumer.start()
  return consumer
}

async function send(t: TestContext, config: KafkaConfig, topic: string, values: readonly string[]) {
  const producer = createProducer(config)
  t.after(() => producer.close())
  await producer.send(values.map((value) => testRecord(topic, value, value)))
}

/** Has the group remove its only member, which learns of it by its next heartbeat (UNKNOWN_MEMBER_ID). */
async function removeMember(config: KafkaConfig, groupId: string): Promise<void> {
  const [member] = await membersOf(config, groupId)
  const session = openSession(config, { connectMs: 3_000, requestMs: 20_000 })
  try {
    const connection = await coordinatorOf(session, groupId)
    const { api } = consumerGroupHeartbeatV1
    const memberId = member?.memberId ?? ''
    await api.async(connection, groupId, memberId, -1, null, null, 60_000, null, null, null, [])
  } finally {
    session.connections.close()
  }
}

test('a consumer that its group has removed commits nothing of the batch in hand, and joins again', async (t) => {
  const { config, topic } = await testTopic()
  const groupId = randomUUID()
  const admin = createAdmin(config)
  t.after(() => admin.close())
  const committed = async () => (await admin.groupLag(groupId, [topic]))[0]?.committed
  const deliveries: { batch: ConsumedBatch; release(): void; handled: Promise<void> }[] = []
  await send(t, config, topic, ['1', '2'])
  const consumer = await startConsumer(t, config, {
    groupId,
    topic,
    async onBatch(batch) {
      const [held, handled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      deliveries.push({ batch, release: held.resolve, handled: handled.promise })
      await held.promise
      handled.resolve()
      return undefined
    },
  })
  t.after(() => {
    for (const { release } of deliveries) release()
  })
  await eventually(() => deliveries.length === 1)
  await removeMember(config, groupId)
  await eventually(() => deliveries.length === 2)
  const [stale, current] = deliveries
  assert.deepEqual([stale?.batch.isStale(), current?.batch.isStale()], [true, false])
  assert.equal(current?.batch.from, 0n)
  stale?.release()
  await stale?.handled
  // What it would commit is on the connection of the heartbeats, and so before them.
  const heardAt = consumer.health().lastHeartbeatAt ?? 0
  await eventually(() => (consumer.health().lastHeartbeatAt ?? 0) > heardAt)
  assert.equal(await committed(), undefined)
  current?.release()
  await eventually(async () => (await committed()) === 2n)
  assert.equal(consumer.health().joined, true)
})

test('partitions that are added to a topic are read from their starts', async (t) => {
  const { config, topic } = await testTopic()
  const seen: { partition: number; value: string }[] = []
  await startConsumer(t, config, {
    groupId: randomUUID(),
    topic,
    async onBatch({ partition, records }) {
      seen.push(...records.map(({ value }) => ({ partition, value: String(value) })))
      return undefined
    },
  })
  await send(t, config, topic, ['before'])
  await eventually(() => seen.length === 1)
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...config.brokers] })
  t.after(() => admin.close())
  await admin.createPartitions({
    topics: [{ name: topic, count: 4, assignments: null }],
    validateOnly: false,
  })
  const values = Array.from({ length: 40 }, (_, i) => `after ${i}`)
  await send(t, config, topic, values)
  await eventually(() => seen.length >= 41)
  assert.deepEqual(seen.map(({ value }) => value).toSorted(), ['before', ...values].toSorted())
  assert.deepEqual([...new Set(seen.map(({ partition }) => partition))].toSorted(), [0, 1, 2, 3])
})
