// pg-transactional-outbox as a relay to Kafka: its listener with a handler that sends by kafkajs. The options are its
// argument, as JSON. Ends at SIGTERM.
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import pg from 'pg'
import {
  createReplicationSegmentMutexConcurrencyController,
  createReplicationSemaphoreConcurrencyController,
  getDefaultLogger,
  initializePollingMessageListener,
  initializeReplicationMessageListener,
  type PollingMessageStrategies,
  type ReplicationConcurrencyController,
  type StoredTransactionalMessage,
} from 'pg-transactional-outbox'
import { createCoalescer } from './coalescer.ts'
import type { ListenerOptions } from './loadContract.ts'

/** Messages in work at once, each with a transaction of its own: more did not go faster on two cores. */
const concurrency = 32
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

function listen(): [shutdown: () => Promise<void>] {
  const { listener, url, publication, slot } = options
  const logger = getDefaultLogger('bench-peer')
  logger.level = 'warn'
  const base = {
    outboxOrInbox: 'outbox',
    dbListenerConfig: { connectionString: url, max: concurrency },
  } as const
  const settings = {
    dbSchema: 'public',
    dbTable: 'outbox',
    // Each of them costs a further transaction a message; the package leaves them off for outboxes.
    enableMaxAttemptsProtection: false,
    enablePoisonousMessageProtection: false,
  }
  const handler = { handle: (message: StoredTransactionalMessage) => send(message) }
  if (listener === 'polling') {
    const polling = {
      nextMessagesFunctionName: 'next_outbox_messages',
      nextMessagesBatchSize: concurrency,
      nextMessagesPollingIntervalInMs: 10,
    }
    const config = { ...base, settings: { ...settings, ...polling } }
    return initializePollingMessageListener(config, handler, logger, wholeBatches())
  }
  const replication = { ...settings, dbPublication: publication, dbReplicationSlot: slot }
  const strategies = { concurrencyStrategy: keysInOrder(concurrency) }
  return initializeReplicationMessageListener({ ...base, settings: replication }, handler, logger, strategies)
}

/**
 * Looks for the next messages when all of the last look are done. By default each one done is replaced by a look for
 * one more, and the look costs more than the message: 180 messages/s instead of 400, on a busy machine.
 */
function wholeBatches(): Partial<PollingMessageStrategies> {
  const pool = new pg.Pool({ connectionString: options.url, max: concurrency })
  pool.on('error', () => {})
  return {
    batchSizeStrategy: async () => {
      while (pool.idleCount < pool.totalCount) await delay(1)
      return concurrency
    },
    messageProcessingDbClientStrategy: { getClient: () => pool.connect(), shutdown: () => pool.end() },
  }
}

/** The messages of a key one after the other, and `most` at once, by the package's own controllers. */
function keysInOrder(most: number): ReplicationConcurrencyController {
  const segments = createReplicationSegmentMutexConcurrencyController()
  const all = createReplicationSemaphoreConcurrencyController(most)
  return {
    acquire: async (message) => {
      const releaseSegment = await segments.acquire(message)
      const releaseOne = await all.acquire(message)
      return () => {
        releaseOne()
        releaseSegment()
      }
    },
    cancel: () => {
      segments.cancel()
      all.cancel()
    },
  }
}

await producer.connect()
const [shutdown] = listen()
process.once('SIGTERM', async () => {
  await Promise.race([shutdown().then(() => producer.disconnect()), delay(5_000)])
  process.exit()
})
