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
   * Bound of `connect`, `ping` and `describe`, and of the time in which a `send` gets no acknowledgement; default 5 s. Large requests
   * get up to four times as much on top, as long as the link is not known to be faster.
   */
  readonly requestTimeoutMs?: number
  /** Bound of opening a connection; default 2 s. */
  readonly connectTimeoutMs?: number
  /** Largest record batch before compression; default 1,000,000, below the broker's default limit of 1,048,588. */
  readonly maxBatchBytes?: number
  /** Largest request, and so the largest record; default 16 MiB, below the broker's default limit of 100 MiB. */
  readonly maxRequestBytes?: number
  readonly compression?: Compression
}

/** Produces records, at least once, with acks=all. `close` it. */
export interface Producer {
  /** Resolves when a broker answers. Errors: KafkaError. Optional: `send` connects by itself. */
  connect(): Promise<void>
  /**
   * Resolves when every record is acknowledged by all in-sync replicas. The records of one partition are written in
   * the order given, as long as the caller waits for one call before the next that has records of that partition.
   * A batch is resent only after the broker refused it for its leader having moved. Errors: KafkaError with
   * `failed`, the records not acknowledged.
   */
  send(records: readonly OutgoingRecord[]): Promise<void>
  /**
   * Encodes records, as far as that can be done without asking the brokers, so that it is done while the answer to another
   * `send` is awaited. The returned function is their `send`, for once. The records are not kept: `records` makes them,
   * and is asked again for what could not be encoded yet or is to be sent in another way.
   */
  prepare(records: () => readonly OutgoingRecord[]): () => Promise<void>
  /** Resolves when a broker answers now. Errors: KafkaError. */
  ping(): Promise<void>
  /** Kafka's own id of the cluster, which no other cluster has; empty when the brokers have none. Errors: KafkaError. */
  clusterId(): Promise<string>
  /**
   * From now on nothing goes to brokers of another cluster than this: each connection is asked first, and rejected with
   * `otherCluster`. Existing ones are broken when this is another cluster than was expected before.
   */
  expectCluster(clusterId: string): void
  /** Asks the brokers for a topic. Errors: KafkaError, when none answers. */
  describe(topic: string): Promise<TopicState>
  /** The partition of records with this partition key (or key); -1 while the topic's partitions are not known. */
  partitionOf(topic: string, partitionKey: string): number
  /** Breaks the connections; sends in flight fail with an unknown outcome. */
  close(): Promise<void>
}

/** Whether a topic can be written to, as far as the brokers tell without a record. */
export interface TopicState {
  /** Why not: `unknownTopic`, `unauthorizedTopic` and the like. */
  readonly code: KafkaErrorCode | undefined
  /** Partitions without a leader. */
  readonly leaderless: readonly number[]
}

/** A producer over the connections and the protocol of `@platformatic/kafka`, with an encoder and error handling of its own. */
export function createProducer(config: KafkaConfig, options: ProducerOptions = {}): Producer {
  const requestTimeoutMs = options.requestTimeoutMs ?? 5_000
  const connectMs = Math.min(options.connectTimeoutMs ?? 2_000, requestTimeoutMs)
  const maxRequestBytes = options.maxRequestBytes ?? 16 * 1024 * 1024
  // This is above what a send gives a request, so that the connections are broken by the send.
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

/** Whether the work ended before the time was over; its error is passed on if so, and dropped if later. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = Promise.withResolvers<false>()
  const handle = setTimeout(() => timer.resolve(false), ms)
  try {
    return await Promise.race([work.then(() => true as const), timer.promise])
  } finally {
    clearTimeout(handle)
  }
}

/** Whether the work ended before the deadline, which moves while it goes on; its error is passed on if so. */
async function untilDeadline(sending: Sending, work: Promise<void>): Promise<boolean> {
  const done = work.then(() => true as const)
  done.catch(() => undefined)
  for (;;) {
    const left = sending.deadline - performance.now()
    if (left <= 0) return false
    if (await within(Math.ceil(left), done)) return true
  }
}
