import { codeOfBroker } from './brokerCodes.ts'
import { createClusterMetadata, type MetadataAnswer } from './clusterMetadata.ts'
import { type KafkaConfig, parseBroker } from './config.ts'
import { createConnections } from './connections.ts'
import { createExpectedCluster } from './expectedCluster.ts'
import { KafkaError, type KafkaErrorCode } from './kafkaError.ts'
import { partitionOf } from './murmur2.ts'
import type { OutgoingRecord } from './outgoingRecord.ts'
import type { Compression } from './recordBatch.ts'
import { allOf, expire, failureOf, type Sending, sendingOf } from './sending.ts'
import { createSendLimits } from './sendLimits.ts'
import { type Parts, prepare, sendAll } from './sendRounds.ts'

export interface ProducerOptions {
  /**
   * Time limit of `connect`, `ping` and `describe`, and for a `send` to get an acknowledgement; default 5 s. Large requests
   * get up to four times as much in addition, until the link is known to be faster.
   */
  readonly requestTimeoutMs?: number
  /** Time limit of opening a connection; default 2 s. */
  readonly connectTimeoutMs?: number
  /** Largest record batch before compression; default 1,000,000, below the broker's default limit of 1,048,588. */
  readonly maxBatchBytes?: number
  /** Largest request, and so the largest record; default 16 MiB, below the broker's default limit of 100 MiB. */
  readonly maxRequestBytes?: number
  readonly compression?: Compression
}

/** Produces records, at least once, with acks=all. The owner closes it. */
export interface Producer {
  /** Resolves when a broker answers. Errors: KafkaError. Optional: `send` connects by itself. */
  connect(): Promise<void>
  /**
   * Resolves when all in-sync replicas have acknowledged every record. The records of a partition are written in
   * the order given, provided that the caller waits for each call before the next one with records of that partition.
   * A batch is resent only if the broker rejected it because the leader has moved. Errors: KafkaError with
   * `failed`, the records not acknowledged.
   */
  send(records: readonly OutgoingRecord[]): Promise<void>
  /**
   * Encodes records ahead, as far as possible without asking the brokers, while the answer to another
   * `send` is awaited. The returned function sends them, once. The records are not kept: `records` creates them, and is
   * called again for those that could not be encoded yet or have to be sent differently.
   */
  prepare(records: () => readonly OutgoingRecord[]): () => Promise<void>
  /** Resolves when a broker answers now. Errors: KafkaError. */
  ping(): Promise<void>
  /** Kafka's unique id of the cluster; empty if the brokers have none. Errors: KafkaError. */
  clusterId(): Promise<string>
  /**
   * From now on nothing is sent to brokers of a different cluster: each new connection is checked first, and rejected with
   * `otherCluster`. Existing connections are closed if this differs from the previously expected cluster.
   */
  expectCluster(clusterId: string): void
  /** Asks the brokers for a topic. Errors: KafkaError, if none answers. */
  describe(topic: string): Promise<TopicState>
  /** The partition of records with this partition key (or key); -1 while the topic's partitions are unknown. */
  partitionOf(topic: string, partitionKey: string): number
  /** Closes the connections; sends in flight fail with an unknown outcome. */
  close(): Promise<void>
}

/** Whether a topic can be written to, as far as the brokers tell without being sent a record. */
export interface TopicState {
  /** Why not: `unknownTopic`, `unauthorizedTopic` and the like. */
  readonly code: KafkaErrorCode | undefined
  /** Partitions without a leader. */
  readonly leaderless: readonly number[]
}

/** A producer on the connections and the protocol of `@platformatic/kafka`, with its own encoder and error handling. */
export function createProducer(config: KafkaConfig, options: ProducerOptions = {}): Producer {
  const requestTimeoutMs = options.requestTimeoutMs ?? 5_000
  const connectMs = Math.min(options.connectTimeoutMs ?? 2_000, requestTimeoutMs)
  const maxRequestBytes = options.maxRequestBytes ?? 16 * 1024 * 1024
  // Longer than a send allows a request, so that it is the send that closes the connections.
  const timeouts = { connectMs, requestMs: 6 * requestTimeoutMs }
  const expected = createExpectedCluster()
  const connections = createConnections(config, timeouts, expected.verify)
  const parts: Parts = {
    cluster: createClusterMetadata(connections, config.brokers.map(parseBroker)),
    connections,
    requestTimeoutMs,
    maxBatchBytes: options.maxBatchBytes ?? 1_000_000,
    maxRequestBytes,
    compression: options.compression ?? 'none',
    limits: createSendLimits(requestTimeoutMs, maxRequestBytes),
  }

  async function ask(topics: readonly string[]): Promise<MetadataAnswer> {
    connections.checkOpen()
    const expired = new KafkaError('timeout', `No broker answered within ${requestTimeoutMs} ms`)
    const asking = parts.cluster.refresh(topics)
    if (!(await within(requestTimeoutMs, asking))) throw expired
    return asking
  }

  async function describe(topic: string): Promise<TopicState> {
    await ask([topic])
    const known = parts.cluster.cached(topic)
    if (known === undefined) return { code: 'unknownTopic', leaderless: [] }
    const leaderless = [...known.leaders.keys()].filter((partition) => (known.leaders[partition] ?? -1) < 0)
    return { code: known.errorCode === 0 ? undefined : codeOfBroker(known.errorCode), leaderless }
  }

  function partitionOfKey(topic: string, partitionKey: string): number {
    const count = parts.cluster.cached(topic)?.leaders.length ?? 0
    return count === 0 ? -1 : partitionOf(partitionKey, count)
  }

  async function send(sending: Sending): Promise<void> {
    connections.checkOpen()
    if (sending.count === 0) return
    sending.deadline = performance.now() + requestTimeoutMs
    const inTime = await untilDeadline(sending, sendAll(parts, sending))
    if (!inTime) {
      expire(sending, requestTimeoutMs)
      parts.limits.timedOut()
      connections.destroy() // so that nothing that is still queued goes out after the caller was told it failed
      if (sending.queues.length === 0) throw unanswered(requestTimeoutMs, sending)
    }
    const failure = failureOf(sending)
    if (failure) throw failure
  }

  async function close(): Promise<void> {
    connections.close()
  }

  return {
    connect: async () => void (await ask([])),
    send: (records) => send(sendingOf(() => records, records.length)),
    prepare(records) {
      const sending = prepare(parts, records)
      return () => send(sending)
    },
    ping: async () => void (await ask([])),
    clusterId: async () => (await ask([])).clusterId ?? '',
    expectCluster: (clusterId) => {
      if (expected.set(clusterId)) connections.destroy()
    },
    describe,
    partitionOf: partitionOfKey,
    close,
  }
}

function unanswered(timeoutMs: number, sending: Sending): KafkaError {
  return new KafkaError('timeout', `No broker answered within ${timeoutMs} ms`, { failed: allOf(sending) })
}

/** Whether the work ended in time; its error is rethrown if so, and dropped if it comes later. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = Promise.withResolvers<false>()
  const handle = setTimeout(() => timer.resolve(false), ms)
  try {
    return await Promise.race([work.then(() => true as const), timer.promise])
  } finally {
    clearTimeout(handle)
  }
}

/** Whether the work ended before the deadline, which moves while it progresses; its error is rethrown if so. */
async function untilDeadline(sending: Sending, work: Promise<void>): Promise<boolean> {
  const done = work.then(() => true as const)
  done.catch(() => undefined)
  for (;;) {
    const left = sending.deadline - performance.now()
    if (left <= 0) return false
    if (await within(Math.ceil(left), done)) return true
  }
}
