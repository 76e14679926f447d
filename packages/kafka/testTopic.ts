import { randomUUID } from 'node:crypto'
import { consumerGroupDescribeV0 } from '@platformatic/kafka'
import { testServers } from '@relevo/testing'
import { createAdmin } from './admin.ts'
import type { KafkaConfig } from './config.ts'
import { answerTo } from './connections.ts'
import type { ConsumedRecord } from './consumedRecord.ts'
import { coordinatorOf } from './groups.ts'
import type { OutgoingRecord } from './outgoingRecord.ts'
import { readTopic } from './readTopic.ts'
import { openSession } from './session.ts'

/** For tests: the configuration of the test run's Kafka and a new topic in it. */
export async function testTopic(
  partitions = 1,
  config: Record<string, string> = {},
): Promise<{ config: KafkaConfig; topic: string }> {
  const { brokers } = await testServers()
  const kafka: KafkaConfig = { brokers, clientId: 'test' }
  const topic = `topic-${randomUUID()}`
  const admin = createAdmin(kafka)
  // The broker looks for old segments 30 s after its start and every 5 minutes, and the records of tests have a time of 2023.
  await admin.ensureTopics([{ topic, partitions, config: { 'retention.ms': '-1', ...config } }])
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

/** For tests: the members of a group of the consumer protocol, with the partitions of each. */
export async function membersOf(config: KafkaConfig, groupId: string) {
  const session = openSession(config, { connectMs: 3_000, requestMs: 20_000 })
  try {
    const connection = await coordinatorOf(session, groupId)
    const { groups } = await answerTo(consumerGroupDescribeV0.api.async(connection, [groupId], false), '')
    return groups[0]?.members ?? []
  } finally {
    session.connections.close()
  }
}

export { eventually } from '@relevo/testing'
