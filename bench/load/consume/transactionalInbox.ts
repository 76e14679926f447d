import type kafkajs from 'kafkajs'
import pg from 'pg'
import { initializeMessageStorage, type StoredTransactionalMessage } from 'pg-transactional-outbox'
import { insertEffect } from '../../sql/effects.ts'
import type { Listener, ListenerOptions } from '../loadContract.ts'
import { listen, listenerSettings, quietLogger } from '../transactionalListener.ts'
import type { ConsumeOptions, Stop } from './consumeContract.ts'
import { createKafkajsConsumer } from './kafkajs.ts'

const partitionsAtOnce = 3

/**
 * pg-transactional-outbox: kafkajs puts the messages into the package's inbox table, those that were fetched together in one
 * transaction; the package's listener hands each to a handler, in a transaction that also marks it.
 */
export async function consumeByTransactionalInbox(
  options: ConsumeOptions,
  listener: Listener,
): Promise<Stop> {
  const { url, brokers, topic } = options
  const listening: ListenerOptions = { ...options, listener, outboxOrInbox: 'inbox' }
  const shutdown = listen(listening, async ({ id, aggregateId, createdAt, metadata }, client) => {
    const values = [id, aggregateId, metadata?.time ?? createdAt]
    await client.query({ name: 'effect', text: insertEffect, values })
  })
  const pool = new pg.Pool({ connectionString: url, max: partitionsAtOnce })
  const store = initializeMessageStorage(
    { outboxOrInbox: 'inbox', settings: listenerSettings('inbox') },
    quietLogger(),
  )
  const consumer = createKafkajsConsumer(brokers, topic)
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    partitionsConsumedConcurrently: partitionsAtOnce,
    eachBatch: async ({ batch }) =>
      storeAll(
        pool,
        batch.messages.map((message) => toMessage(topic, message)),
        store,
      ),
  })
  return async () => {
    await consumer.disconnect()
    await shutdown()
    await pool.end()
  }
}

type Message = Pick<
  StoredTransactionalMessage,
  'id' | 'aggregateType' | 'aggregateId' | 'messageType' | 'payload' | 'segment' | 'metadata'
>

function toMessage(topic: string, { key, value, headers }: kafkajs.KafkaMessage): Message {
  return {
    id: String(headers?.ce_id),
    aggregateType: topic,
    aggregateId: String(key),
    messageType: String(headers?.ce_type),
    segment: String(key),
    payload: JSON.parse(String(value)),
    metadata: { time: String(headers?.ce_time) },
  }
}

async function storeAll(
  pool: pg.Pool,
  messages: readonly Message[],
  store: ReturnType<typeof initializeMessageStorage>,
): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    for (const message of messages) await store(message, client)
    await client.query('commit')
  } finally {
    client.release()
  }
}
