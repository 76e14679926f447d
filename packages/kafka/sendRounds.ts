import { setTimeout as delay } from 'node:timers/promises'
import { type ClusterMetadata, fetchMetadata } from './clusterMetadata.ts'
import type { BrokerAddress } from './config.ts'
import { type Connections, errorOfClient } from './connections.ts'
import { KafkaError } from './kafkaError.ts'
import type { OutgoingRecord } from './outgoingRecord.ts'
import type { Connection } from './platformatic.ts'
import { type PartitionBatch, produce } from './produceRequest.ts'
import { type Compression, encodeRecordBatch, type RecordBatch } from './recordBatch.ts'
import {
  allOf,
  assignPartitions,
  failUnlessKnown,
  noteAnswer,
  type PartitionQueue,
  pendingQueues,
  rejectTooLarge,
  type Sending,
  sendingOf,
} from './sending.ts'
import type { SendLimits } from './sendLimits.ts'

/** Pause before asking again for a partition's new leader. */
const leaderPollMs = 100
const metadataMaxAgeMs = 60_000

/** What the sends of a producer share. */
export interface Parts {
  readonly cluster: ClusterMetadata
  readonly connections: Connections
  readonly requestTimeoutMs: number
  readonly maxBatchBytes: number
  readonly maxRequestBytes: number
  readonly compression: Compression
  readonly limits: SendLimits
}

function topicsOf(records: readonly OutgoingRecord[]): Set<string> {
  return new Set(records.map((record) => record.topic))
}

/** Encodes the first batch of every queue, if the partitions are known. */
export function prepare(parts: Parts, make: () => readonly OutgoingRecord[]): Sending {
  const records = make()
  const sending = sendingOf(make, records.length)
  const topics = parts.cluster.known(topicsOf(records), metadataMaxAgeMs)
  if (topics === undefined) return sending
  sending.queues = assignPartitions(records, topics, parts.maxBatchBytes)
  for (const queue of pendingQueues(sending)) queue.prepared = encodeNext(parts, records, queue)
  return sending
}

/** Sends batch after batch of every queue, until each is acknowledged or has failed. */
export async function sendAll(parts: Parts, sending: Sending): Promise<void> {
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

/** Marks every record as not acknowledged if the cluster cannot even be asked for its topics. */
async function withFailed<T>(sending: Sending, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const { code, message, cause } = errorOfClient(error, 'The cluster cannot be asked for its topics')
    throw new KafkaError(code, message, { failed: allOf(sending), cause })
  }
}

/** Sends the next batches of the queues, in one request to each leader, and stores the answers. */
async function sendRound(parts: Parts, sending: Sending, open: readonly PartitionQueue[]): Promise<void> {
  const byLeader = Map.groupBy(open, ({ topic, partition }) => parts.cluster.leader(topic, partition))
  await Promise.all([...byLeader].map(([leader, queues]) => sendTo(parts, sending, leader, queues)))
}

async function sendTo(
  parts: Parts,
  sending: Sending,
  leader: BrokerAddress | undefined,
  queues: readonly PartitionQueue[],
): Promise<void> {
  if (!leader) {
    for (const queue of queues) queue.moved = true
    return
  }
  let taken: readonly TakenBatch[] = []
  try {
    const connection = await parts.connections.to(leader)
    if (sending.expired) return
    taken = takeBatches(parts, sending, queues)
    if (taken.length > 0) await request(parts, sending, connection, taken)
  } catch (error) {
    const failure = errorOfClient(error, 'Records cannot be sent')
    if (failure.code === 'unreachable') await noteHangUp(parts, leader, taken)
    for (const queue of taken.length > 0 ? taken.map((batch) => batch.queue) : queues) {
      queue.failure ??= failure
      parts.cluster.forget(queue.topic) // the leader may be gone for good: the next call asks anew
    }
  }
}

interface TakenBatch extends PartitionBatch {
  readonly queue: PartitionQueue
  readonly count: number
}

async function request(
  parts: Parts,
  sending: Sending,
  connection: Connection,
  batches: readonly TakenBatch[],
): Promise<void> {
  const { limits, requestTimeoutMs } = parts
  const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0)
  const startedAt = performance.now()
  const allowedMs = requestTimeoutMs + limits.began(bytes)
  sending.deadline = Math.max(sending.deadline, startedAt + allowedMs)
  try {
    const answers = await produce(connection, batches, requestTimeoutMs)
    limits.answered(bytes, performance.now() - startedAt)
    for (const { queue, topic, partition } of batches) noteAnswer(queue, answers.get(`${topic}:${partition}`))
    const acknowledged = batches.some(({ queue }) => !queue.moved && !queue.failure)
    if (acknowledged) sending.deadline = Math.max(sending.deadline, performance.now() + requestTimeoutMs)
  } catch (error) {
    limits.failed(bytes)
    throw error
  }
}

/** The next batches of the queues, as many as fit into one request; at least one, if any can be sent. */
function takeBatches(parts: Parts, sending: Sending, queues: readonly PartitionQueue[]): TakenBatch[] {
  const limit = parts.limits.requestBytes()
  const taken: TakenBatch[] = []
  let bytes = 0
  let records: readonly OutgoingRecord[] | undefined
  for (const queue of queues) {
    if (bytes >= limit) break
    if (!fits(queue.prepared, limit)) {
      records ??= sending.records()
      queue.prepared = encodeNext(parts, records, queue)
    }
    const batch = queue.prepared
    if (!batch || (bytes > 0 && bytes + batch.bytes.length > limit)) continue
    bytes += batch.bytes.length
    taken.push(take(queue, batch))
  }
  return taken
}

function fits(batch: RecordBatch | undefined, limit: number): boolean {
  return batch !== undefined && (batch.count === 1 || batch.rawBytes <= limit)
}

function take(queue: PartitionQueue, { bytes, count, rawBytes }: RecordBatch): TakenBatch {
  queue.prepared = undefined
  queue.inFlight = count
  queue.inFlightBytes = rawBytes
  return { queue, topic: queue.topic, partition: queue.partition, bytes, count }
}

/** Undefined if the next record is larger than any request: the queue then fails. */
function encodeNext(
  { compression, limits, maxRequestBytes }: Parts,
  records: readonly OutgoingRecord[],
  queue: PartitionQueue,
): RecordBatch | undefined {
  const { indexes, acknowledged } = queue
  const { key, value } = records[indexes[acknowledged] as number] as OutgoingRecord
  const reason = `a request has at most ${maxRequestBytes} bytes (maxRequestBytes)`
  if ((key?.length ?? 0) + (value?.length ?? 0) <= maxRequestBytes) {
    const maxBytes = Math.min(queue.maxBytes, limits.requestBytes())
    const batch = encodeRecordBatch(records, indexes, acknowledged, maxBytes, compression)
    if (batch.count > 1 || batch.bytes.length <= maxRequestBytes) return batch
  }
  rejectTooLarge(queue, reason)
  return undefined
}

/**
 * A broker closes the connection over a request above its `socket.request.max.bytes` instead of answering. If it does so repeatedly
 * for one record, but answers otherwise, the record is at fault; the limits split requests with several records before that.
 */
async function noteHangUp(parts: Parts, leader: BrokerAddress, taken: readonly TakenBatch[]): Promise<void> {
  const [batch] = taken
  if (!batch || taken.length > 1 || batch.count > 1 || batch.bytes.length <= parts.maxBatchBytes) return
  const { queue, topic, partition, bytes } = batch
  try {
    await fetchMetadata(await parts.connections.to(leader), [topic])
  } catch {
    return
  }
  if (!parts.limits.hungUpOver(`${topic}:${partition}:${bytes.length}`)) return
  rejectTooLarge(queue, `the broker breaks the connection over its ${bytes.length} bytes`)
}

/** Asks for the leaders of the partitions that moved. The records were rejected, so resending them is safe. */
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
