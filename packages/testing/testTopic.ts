import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type Admin, createAdmin, createProducer, type KafkaConfig, type Producer } from '@relevo/kafka'
import { afterTest } from './afterTest.ts'
import { testServers } from './testServers.ts'

export interface TestTopic {
  readonly topic: string
  readonly kafka: KafkaConfig
  readonly admin: Admin
  readonly producer: Producer
}

/** A new topic with its dead-letter topic, and clients, which are closed after the test. */
export async function testTopic(t: TestContext, partitions = 2): Promise<TestTopic> {
  const { brokers } = await testServers()
  const kafka: KafkaConfig = { brokers, clientId: 'test' }
  const topic = `test-${randomUUID()}`
  const admin = createAdmin(kafka)
  const producer = createProducer(kafka)
  afterTest(t, () => Promise.all([producer.close(), admin.close()]))
  await admin.ensureTopics([
    { topic, partitions },
    { topic: `${topic}.dlt`, partitions: 1 },
  ])
  return { topic, kafka, admin, producer }
}
