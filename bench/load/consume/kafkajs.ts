import kafkajs from 'kafkajs'
import pg from 'pg'
import { insertEffect } from '../../sql/effects.ts'
import type { ConsumeOptions, Stop } from './consumeContract.ts'

/** What many services do: an insert for each message, in a transaction of its own, and the offset committed after it. */
export function consumeByKafkajs(options: ConsumeOptions, partitionsAtOnce: number): Promise<Stop> {
  return consumeEach(options, partitionsAtOnce, async (message, pool) => {
    const { ce_id: id, ce_time: time } = message.headers ?? {}
    JSON.parse(String(message.value))
    const values = [String(id), String(message.key), String(time)]
    await pool.query({ name: 'effect', text: insertEffect, values })
  })
}

/** Handles one message after the other, as many partitions at once as there are connections. */
export async function consumeEach(
  { url, brokers, topic }: ConsumeOptions,
  partitionsAtOnce: number,
  handle: (message: kafkajs.KafkaMessage, pool: pg.Pool) => Promise<void>,
): Promise<Stop> {
  const pool = new pg.Pool({ connectionString: url, max: partitionsAtOnce })
  const consumer = createKafkajsConsumer(brokers, topic)
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    partitionsConsumedConcurrently: partitionsAtOnce,
    eachMessage: ({ message }) => handle(message, pool),
  })
  return async () => {
    await consumer.disconnect()
    await pool.end()
  }
}

export function createKafkajsConsumer(brokers: readonly string[], groupId: string): kafkajs.Consumer {
  const logLevel = kafkajs.logLevel.ERROR
  return new kafkajs.Kafka({ clientId: 'bench-peer', brokers: [...brokers], logLevel }).consumer({ groupId })
}
