// pg-transactional-outbox as a relay to Kafka: its listener with a handler that sends by kafkajs. The options are its
// argument, as JSON. Ends at SIGTERM.
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { StoredTransactionalMessage } from 'pg-transactional-outbox'
import { createCoalescer } from './coalescer.ts'
import type { ListenerOptions } from './loadContract.ts'
import { listen } from './transactionalListener.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as ListenerOptions

const client = new kafkajs.Kafka({
  clientId: 'bench-peer',
  brokers: [...options.brokers],
  logLevel: kafkajs.logLevel.ERROR,
})
const producer = client.producer({
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
})

// kafkajs makes a request of each call, so messages that come while one is under way go together in the next.
const send = createCoalescer(async (messages: StoredTransactionalMessage[]) => {
  const topics = Map.groupBy(messages, ({ aggregateType }) => aggregateType)
  const topicMessages = [...topics].map(([topic, ofTopic]) => ({ topic, messages: ofTopic.map(toRecord) }))
  await producer.sendBatch({ acks: -1, topicMessages })
})

function toRecord({ id, aggregateId, messageType, payload }: StoredTransactionalMessage) {
  return { key: aggregateId, value: JSON.stringify(payload), headers: { id, eventType: messageType } }
}

await producer.connect()
const shutdown = listen(options, (message) => send(message))
process.once('SIGTERM', async () => {
  await Promise.race([shutdown().then(() => producer.disconnect()), delay(5_000)])
  process.exit()
})
