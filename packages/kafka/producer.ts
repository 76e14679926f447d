import { setTimeout as delay } from 'node:timers/promises'
import { codeOfBroker } from './brokerCodes.ts'
import { type ClusterMetadata, createClusterMetadata } from './clusterMetadata.ts'
import { type BrokerAddress, type KafkaConfig, parseBroker } from './config.ts'
import { type Connections, createConnections, errorOfClient } from './connections.ts'
import { KafkaError, type KafkaErrorCode } from './kafkaError.ts'
import { partitionOf } from './murmur2.ts'
import type { OutgoingRecord } from './outgoingRecord.ts'
import { type PartitionBatch, produce } from './produceRequest.ts'
import { type Compression, encodeRecordBatch, type RecordBatch } from './recordBatch.ts'
import {
  assignPartitions,
  expire,
  failUnlessKnown,
  failureOf,
  noteAnswer,
  type PartitionQueue,
  pendingQueues,
  type Sending,
} from './sending.ts'

export interface ProducerOptions {
  /** Bound of a whole `send`, `connect` or `ping`; default 5 s. */
  readonly requestTimeoutMs?: number
  /** Bound of opening a connection; default 2 s. */
  readonly connectTimeoutMs?: number
  /** Largest record batch before compression; default 1,000,000, below the broker's default limit of 1,048,588. */
  readonly maxBatchBytes?: number
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

/** How long to wait for a partition's new leader to be known before asking again. */
const leaderPollMs = 100
const metadataMaxAgeMs = 60_000

interface Parts {
  readonly cluster: ClusterMetadata
  readonly connections: Connections
  readonly requestTimeoutMs: number
  readonly maxBatchBytes: number
  readonly compression: Compression
}

/** A producer over the connections and the protocol of `@platformatic/kafka`, with an encoder and error handling of its own. */
export function createProducer(config: KafkaConfig, options: ProducerOptions = {}): Producer {
  const requestTimeoutMs = options.requestTimeoutMs ?? 5_000
  const connectMs = Math.min(options.connectTimeoutMs ?? 2_000, requestTimeoutMs)
  const connections = createConnections(config, { connectMs, requestMs: requestTimeoutMs })
  const parts: Parts = {
    cluster: createClusterMetadata(connections, config.brokers.map(parseBroker)),
    connections,
    requestTimeoutMs,
    maxBatchBytes: options.maxBatchBytes ?? 1_000_000,
    compression: options.compression ?? 'none',
  }
  let closed = false

  function checkOpen(): void {
    if (closed) throw new KafkaError('closed', 'The producer is closed: create another')
  }

  async function ask(topics: readonly string[]): Promise<void> {
    checkOpen()
    const expired = new KafkaError('timeout', `No broker answered within ${requestTimeoutMs} ms`)
    const inTime = await within(requestTimeoutMs, parts.cluster.refresh(topics))
    if (!inTime) throw expired
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
    checkOpen()
    if (sending.count === 0) return
    const inTime = await within(requestTimeoutMs, sendAll(parts, sending))
    if (!inTime) {
      expire(sending, requestTimeoutMs)
      connections.destroy() // so that nothing that is still queued goes out after the caller was told it failed
      if (sending.queues.length === 0) throw unanswered(requestTimeoutMs, sending)
    }
    const failure = failureOf(sending)
    if (failure) throw failure
  }

  async function close(): Promise<void> {
    closed = true
    connections.destroy()
  }

  return {
    connect: () => ask([]),
    send: (records) => send({ count: records.length, records: () => records, queues: [], expired: false }),
    prepare(records) {
      const sending = prepare(parts, records)
      return () => send(sending)
    },
    ping: () => ask([]),
    describe,
    partitionOf: partitionOfKey,
    close,
  }
}

function unanswered(timeoutMs: number, sending: Sending): KafkaError {
  return new KafkaError('timeout', `No broker answered within ${timeoutMs} ms`, { failed: allOf(sending) })
}

function allOf({ count }: Sending): number[] {
  return [...Array(count).keys()]
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

function topicsOf(records: readonly OutgoingRecord[]): Set<string> {
  return new Set(records.map((record) => record.topic))
}

/** Encodes the first batch of every queue, if the partitions are known. */
function prepare(parts: Parts, make: () => readonly OutgoingRecord[]): Sending {
  const records = make()
  const sending: Sending = { count: records.length, records: make, queues: [], expired: false }
  const topics = parts.cluster.known(topicsOf(records), metadataMaxAgeMs)
  if (topics === undefined) return sending
  sending.queues = assignPartitions(records, topics, parts.maxBatchBytes)
  for (const queue of pendingQueues(sending)) queue.prepared = encodeNext(parts, records, queue)
  return sending
}

async function sendAll(parts: Parts, sending: Sending): Promise<void> {
  if (sending.queues.length === 0) {
    const records = sending.records()
    const topics = await withFailed(sending, parts.cluster.topics(topicsOf(records), metadataMaxAgeMs))
    sending.queues = assignPartitions(records, topics, parts.maxBatchBytes)
  }
  for (let open = pendingQueues(sending); open.length > 0; open = pendingQueues(sending)) {
    await sendRound(parts, sending, open)
    const moved = open.filter((queue) => queue.moved)
    if (moved.length > 0 && !sending.expired) await findLeaders(parts, moved)
  }
}

/** Marks every record as not acknowledged when the cluster cannot even be asked for its topics. */
async function withFailed<T>(sending: Sending, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const { code, message, cause } = errorOfClient(error, 'The cluster cannot be asked for its topics')
    throw new KafkaError(code, message, { failed: allOf(sending), cause })
  }
}

/** Sends the next batch of every queue, in one request to each leader, and notes what is answered. */
async function sendRound(parts: Parts, sending: Sending, open: readonly PartitionQueue[]): Promise<void> {
  const byLeader = Map.groupBy(open, ({ topic, partition }) => parts.cluster.leader(topic, partition))
  const records = open.every((queue) => queue.prepared) ? [] : sending.records()
  await Promise.all([...byLeader].map(([leader, queues]) => sendTo(parts, sending, records, leader, queues)))
}

async function sendTo(
  parts: Parts,
  sending: Sending,
  records: readonly OutgoingRecord[],
  leader: BrokerAddress | undefined,
  queues: readonly PartitionQueue[],
): Promise<void> {
  if (!leader) {
    for (const queue of queues) queue.moved = true
    return
  }
  try {
    const connection = await parts.connections.to(leader)
    if (sending.expired) return
    const batches = queues.map((queue) => nextBatch(parts, records, queue))
    const answers = await produce(connection, batches, parts.requestTimeoutMs)
    for (const queue of queues) noteAnswer(queue, answers.get(`${queue.topic}:${queue.partition}`))
  } catch (error) {
    const failure = errorOfClient(error, 'Records cannot be sent')
    for (const queue of queues) {
      queue.failure ??= failure
      parts.cluster.forget(queue.topic) // the leader may be gone for good: the next call asks anew
    }
  }
}

function nextBatch(parts: Parts, records: readonly OutgoingRecord[], queue: PartitionQueue): PartitionBatch {
  const { topic, partition } = queue
  const batch = queue.prepared ?? encodeNext(parts, records, queue)
  queue.prepared = undefined
  queue.inFlight = batch.count
  queue.inFlightBytes = batch.rawBytes
  return { topic, partition, bytes: batch.bytes }
}

function encodeNext(
  { compression }: Parts,
  records: readonly OutgoingRecord[],
  { indexes, acknowledged, maxBytes }: PartitionQueue,
): RecordBatch {
  return encodeRecordBatch(records, indexes, acknowledged, maxBytes, compression)
}

/** Asks for the leaders of the partitions that moved. The records were refused, so that sending them again is safe. */
async function findLeaders(parts: Parts, moved: readonly PartitionQueue[]): Promise<void> {
  await delay(leaderPollMs)
  const names = new Set(moved.map((queue) => queue.topic))
  try {
    for (const name of names) parts.cluster.forget(name)
    const topics = await parts.cluster.topics(names, metadataMaxAgeMs)
    for (const queue of moved) {
      failUnlessKnown(queue, topics.get(queue.topic))
      queue.moved = false
    }
  } catch (error) {
    const failure = errorOfClient(error, 'The cluster cannot be asked for the new leaders')
    for (const queue of moved) queue.failure ??= failure
  }
}
