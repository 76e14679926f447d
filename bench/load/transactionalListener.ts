import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import {
  createReplicationSegmentMutexConcurrencyController,
  createReplicationSemaphoreConcurrencyController,
  type DatabaseClient,
  getDefaultLogger,
  initializePollingMessageListener,
  initializeReplicationMessageListener,
  type PollingMessageStrategies,
  type ReplicationConcurrencyController,
  type StoredTransactionalMessage,
  type TransactionalLogger,
} from 'pg-transactional-outbox'
import type { ListenerOptions } from './loadContract.ts'

/** Messages in work at once, each with a transaction of its own: more did not go faster on two cores. */
const concurrency = 32

/** The listener's table, and that it makes no transactions besides that of the handler. */
export function listenerSettings(table: ListenerOptions['outboxOrInbox']) {
  return {
    dbSchema: 'public',
    dbTable: table,
    // Each of them costs a further transaction a message; the package leaves them off for outboxes.
    enableMaxAttemptsProtection: false,
    enablePoisonousMessageProtection: false,
  }
}

export function quietLogger(): TransactionalLogger {
  const logger = getDefaultLogger('bench-peer')
  logger.level = 'warn'
  return logger
}

/** Hands every message of the table to the handler; returns what ends it. */
export function listen(
  options: ListenerOptions,
  handle: (message: StoredTransactionalMessage, client: DatabaseClient) => Promise<void>,
): () => Promise<void> {
  const { listener, url, publication, slot, outboxOrInbox } = options
  const logger = quietLogger()
  const base = { outboxOrInbox, dbListenerConfig: { connectionString: url, max: concurrency } }
  const settings = listenerSettings(outboxOrInbox)
  if (listener === 'polling') {
    const polling = {
      nextMessagesFunctionName: `next_${outboxOrInbox}_messages`,
      nextMessagesBatchSize: concurrency,
      nextMessagesPollingIntervalInMs: 10,
    }
    const config = { ...base, settings: { ...settings, ...polling } }
    return initializePollingMessageListener(config, { handle }, logger, wholeBatches(url))[0]
  }
  const replication = { ...settings, dbPublication: publication, dbReplicationSlot: slot }
  const strategies = { concurrencyStrategy: keysInOrder(concurrency) }
  const config = { ...base, settings: replication }
  return initializeReplicationMessageListener(config, { handle }, logger, strategies)[0]
}

/**
 * Looks for the next messages when all of the last look are done. By default each one done is replaced by a look for
 * one more, and the look costs more than the message: 180 messages/s instead of 400, on a busy machine.
 */
function wholeBatches(url: string): Partial<PollingMessageStrategies> {
  const pool = new pg.Pool({ connectionString: url, max: concurrency })
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
