import { Producer, stringSerializers } from '@platformatic/kafka'
import { createProducer, type OutgoingRecord, partitionOf } from '@relevo/kafka'
import kafkajs from 'kafkajs'
import { topicPartitions } from '../testBed.ts'

/** A producer of one library; `close` it. */
export interface KafkaProducer {
  /** Resolves when all in-sync replicas have the records, which are of one topic. */
  send(records: readonly OutgoingRecord[]): Promise<unknown>
  close(): Promise<unknown>
}

/** The producers by the names of their libraries. */
export const kafkaProducers: Readonly<Record<string, (brokers: readonly string[]) => KafkaProducer>> = {
  kafkajs: (brokers) => {
    const client = new kafkajs.Kafka({
      clientId: 'bench',
      brokers: [...brokers],
      logLevel: kafkajs.logLevel.ERROR,
    })
    const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    const connected = producer.connect()
    return {
      send: async (records) => {
        await connected
        const messages = records.map(({ key, value, headers, timestamp }) => ({
          key: String(key),
          value: String(value),
          headers: { ...headers },
          timestamp: String(timestamp),
        }))
        return producer.sendBatch({ acks: -1, topicMessages: [{ topic: records[0]?.topic ?? '', messages }] })
      },
      close: () => producer.disconnect(),
    }
  },

  '@platformatic/kafka': (brokers) => {
    const options = { clientId: 'bench', bootstrapBrokers: [...brokers], serializers: stringSerializers }
    const producer = new Producer({ ...options, idempotent: false })
    return {
      send: (records) => producer.send({ acks: -1, messages: records.map(toMessage) }),
      close: () => producer.close(),
    }
  },

  'packages/kafka': (brokers) => createProducer({ brokers, clientId: 'bench' }),
}

function toMessage({ topic, key, value, headers, timestamp }: OutgoingRecord) {
  return {
    topic,
    partition: partitionOf(String(key), topicPartitions),
    key: String(key),
    value: String(value),
    headers: { ...headers },
    timestamp: BigInt(timestamp ?? 0),
  }
}
