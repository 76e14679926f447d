import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { createConsumer, createProducer, partitionOf } from '@relevo/kafka'
import { afterTest, setTopicConfig, testTopic } from '@relevo/testing'

/** A topic of three partitions with four events of one key in each, and a group that has consumed none of them. */
export async function filledTopic(t: TestContext) {
  const { topic, kafka, admin } = await testTopic(t, 3)
  await setTopicConfig(kafka.brokers, topic, { 'retention.ms': '-1' }) // its records have a time of their own
  const producer = createProducer(kafka, { compression: 'gzip' })
  afterTest(t, () => producer.close())
  const names = Array.from({ length: 100 }, (_, n) => `order-${n}`)
  const keys = [0, 1, 2].map((partition) => names.find((key) => partitionOf(key, 3) === partition) ?? '')
  const begin = Date.parse('2026-01-15T10:30:00Z')
  const recordOf = (n: number) => ({
    topic,
    key: keys[n % 3] ?? '',
    value: JSON.stringify({ order_id: n, customer_email: 'ana@example.com', note: 'x'.repeat(200) }),
    headers: { ce_id: randomUUID(), ce_type: 'ORDER_PLACED' },
    timestamp: begin + n * 1_000,
  })
  const records = Array.from({ length: 12 }, (_, n) => recordOf(n))
  await producer.send(records)
  const group = `group-${randomUUID()}`
  const starts = await admin.offsetsAt([topic], 0)
  await admin.setGroupOffsets(group, starts)
  return {
    topic,
    keys,
    records,
    group,
    /** Sends further records of the first key. */
    sendMore: (count: number) =>
      producer.send(Array.from({ length: count }, (_, n) => recordOf(3 * (n + 4)))),
    /** Has another group consume it until the test ends. @returns its name. */
    consume: async (test: TestContext) => {
      const groupId = `group-${randomUUID()}`
      const consumer = createConsumer(kafka, { groupId, topics: [topic], onBatch: async () => undefined })
      afterTest(test, () => consumer.stop())
      await consumer.start()
      return groupId
    },
  }
}
