import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { startInProcess, testDatabase, testTopic } from '@relevo/testing'
import { messagesDatabase } from '../../systems/databases/messages.ts'
import { service } from './main.ts'

interface TestRecord {
  content?: unknown
  eventId?: string
  outboxId?: string
  type?: string
}

/** A database, a topic and a group for the message processor, which the test starts. */
export async function processorHarness(t: TestContext, env: Record<string, string> = {}) {
  const { url, pool } = await testDatabase(t, messagesDatabase.migrations)
  const { topic, kafka, producer } = await testTopic(t)
  const groupId = `group-${randomUUID()}`
  const variables = {
    DATABASE_URL: url,
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPIC: topic,
    KAFKA_GROUP_ID: groupId,
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
    ...env,
  }

  /** Sends records as the relay does; returns their event ids. */
  async function send(...records: TestRecord[]): Promise<string[]> {
    const sent = records.map(
      ({ eventId = randomUUID(), outboxId = '1', type = 'message.created', content }) => ({
        topic,
        key: eventId,
        value: JSON.stringify({ content }),
        headers: {
          ce_specversion: '1.0',
          ce_id: eventId,
          ce_type: type,
          ce_source: '/test',
          ce_time: '2026-01-15T10:30:00Z',
          ce_outboxid: outboxId,
        },
      }),
    )
    await producer.send(sent)
    return sent.map(({ key }) => key)
  }

  const sendBytes = (value: Buffer) => producer.send([{ topic, key: 'k', value, headers: {} }])

  const messages = async () =>
    (await pool.query('select content, evento_id, event_id from messages order by evento_id')).rows

  return {
    start: () => startInProcess(t, service, variables),
    send,
    sendBytes,
    messages,
    pool,
    topic,
    groupId,
  }
}
