import kafkajs from 'kafkajs'
import pg from 'pg'
import { insertEffect } from '../../sql/effects.ts'
import type { ConsumeOptions, Stop } from './consumeContract.ts'

/** What many services do: an insert for each message, in a transaction of its own, and the offset committed after it. */
export async function consumeByKafkajs(
  { url, brokers, topic }: ConsumeOptions,
  partitionsAtOnce: number,
): Promise<Stop> {
  const pool = new pg.Pool({ connectionString: url, max: partitionsAtOnce })
  const consumer = createKafkajsConsumer(brokers, topic)
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    partitionsConsumedConcurrently: partitionsAtOnce,
    eachMessage: async ({ message }) => {
      const { ce_id: id, ce_time: time } = message.headers ?? {}
      JSON.parse(String(message.value))
      const values = [String(id), String(message.key), String(time)]
      await pool.query({ name: 'effect', text: insertEffect, values })
    },
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
