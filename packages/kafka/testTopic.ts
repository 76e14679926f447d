import { randomUUID } from 'node:crypto'
import { testServers } from '@relevo/testing'
import { createAdmin } from './admin.ts'
import type { KafkaConfig } from './config.ts'
import type { ConsumedRecord } from './consumedRecord.ts'
import type { OutgoingRecord } from './outgoingRecord.ts'
import { readTopic } from './readTopic.ts'

/** For tests: the configuration of the test run's Kafka and a new topic in it. */
export async function testTopic(
  partitions = 1,
  config: Record<string, string> = {},
): Promise<{ config: KafkaConfig; topic: string }> {
  const { brokers } = await testServers()
  const kafka: KafkaConfig = { brokers, clientId: 'test' }
  const topic = `topic-${randomUUID()}`
  const admin = createAdmin(kafka)
  await admin.ensureTopics([{ topic, partitions, config }])
  await admin.close()
  return { config: kafka, topic }
}

/** For tests: a record of the topic with a little of everything. */
export function testRecord(topic: string, value: string, key = 'key'): OutgoingRecord {
  return {
    topic,
    key,
    value,
    headers: { ce_id: randomUUID(), ce_type: 'test' },
    timestamp: 1_700_000_000_123,
  }
}

/** For tests: every record of the topic. */
export async function allRecords(config: KafkaConfig, topic: string): Promise<ConsumedRecord[]> {
  const records: ConsumedRecord[] = []
  for await (const record of readTopic(config, topic)) records.push(record)
  return records
}

export { eventually } from '@relevo/testing'
