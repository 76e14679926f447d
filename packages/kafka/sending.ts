import { codeOfBroker, isStaleLeader, messageTooLarge } from './brokerCodes.ts'
import type { TopicMetadata } from './clusterMetadata.ts'
import { KafkaError, type KafkaErrorScope, type RecordError } from './kafkaError.ts'
import { partitionOf } from './murmur2.ts'
import type { OutgoingRecord } from './outgoingRecord.ts'
import type { PartitionAnswer } from './produceRequest.ts'
import type { RecordBatch } from './recordBatch.ts'

/** The records of one partition in one `send`, in order; the first `acknowledged` of `indexes` are done. */
export interface PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly indexes: number[]
  acknowledged: number
  /** Records in the batch that is being sent, and its bytes before compression. */
  inFlight: number
  inFlightBytes: number
  maxBytes: number
  /** The first batch, if it was encoded ahead. */
  prepared: RecordBatch | undefined
  /** Its leader must be found again before the next batch. */
  moved: boolean
  failure: KafkaError | undefined
  /** Indexes of the records at fault, if records are. */
  faulty: readonly number[]
}

/** The state of one `send` call. */
export interface Sending {
  /** How many records it has. */
  readonly count: number
  /** Makes the records, each time the same. */
  readonly records: () => readonly OutgoingRecord[]
  queues: readonly PartitionQueue[]
  expired: boolean
  /** On the clock of `performance`; moves on with what is sent and acknowledged. */
  deadline: number
}

export function sendingOf(records: () => readonly OutgoingRecord[], count: number): Sending {
  return { count, records, queues: [], expired: false, deadline: 0 }
}

/** Indexes of all records. */
export function allOf({ count }: Sending): number[] {
  return [...Array(count).keys()]
}

/** Sorts the records into the queues of their partitions; those of topics that the brokers reject fail at once. */
export function assignPartitions(
  records: readonly OutgoingRecord[],
  topics: ReadonlyMap<string, TopicMetadata>,
  maxBytes: number,
): PartitionQueue[] {
  const all: PartitionQueue[] = []
  const byTopic = new Map<string, Map<number, PartitionQueue>>()
  for (let index = 0; index < records.length; index++) {
    const { topic, key, partitionKey } = records[index] as OutgoingRecord
    const count = topics.get(topic)?.leaders.length ?? 0
    const partition = count > 0 ? partitionOf(partitionKey ?? key ?? '', count) : -1
    const queues = byTopic.get(topic) ?? new Map<number, PartitionQueue>()
    const queue = queues.get(partition) ?? newQueue(topic, partition, maxBytes)
    if (queue.indexes.push(index) > 1) continue
    all.push(queue)
    byTopic.set(topic, queues.set(partition, queue))
  }
  for (const queue of all) failUnlessKnown(queue, topics.get(queue.topic))
  return all
}

function newQueue(topic: string, partition: number, maxBytes: number): PartitionQueue {
  const progress = { acknowledged: 0, inFlight: 0, inFlightBytes: 0, prepared: undefined, moved: false }
  return { topic, partition, indexes: [], maxBytes, failure: undefined, faulty: [], ...progress }
}

/** Fails the queue if the brokers do not know its topic or deny access to it. */
export function failUnlessKnown(queue: PartitionQueue, topic: TopicMetadata | undefined): void {
  const errorCode = topic?.errorCode ?? 3
  if (errorCode === 0 && queue.partition >= 0) return
  refuse(queue, queue.partition < 0 && errorCode === 0 ? 5 : errorCode, null)
}

/** The queues that have a batch to send. */
export function pendingQueues(sending: Sending): PartitionQueue[] {
  if (sending.expired) return []
  return sending.queues.filter((queue) => !queue.failure && queue.acknowledged < queue.indexes.length)
}

/** Notes what the broker answered to the batch in flight. */
export function noteAnswer(queue: PartitionQueue, answer: PartitionAnswer | undefined): void {
  if (!answer) {
    queue.failure = new KafkaError('failed', `The broker's answer lacks ${queue.topic}:${queue.partition}`)
  } else if (answer.errorCode === 0) {
    queue.acknowledged += queue.inFlight
  } else if (isStaleLeader(answer.errorCode)) {
    queue.moved = true
  } else if (mustIsolate(queue, answer)) {
    queue.maxBytes = Math.floor(queue.inFlightBytes / 2)
  } else {
    refuse(queue, answer.errorCode, answer)
  }
}

/** A batch rejected as a whole is halved until the record at fault stands alone, as in the Java client. */
function mustIsolate(queue: PartitionQueue, answer: PartitionAnswer): boolean {
  const ofRecords = answer.errorCode === messageTooLarge || codeOfBroker(answer.errorCode) === 'invalidRecord'
  return ofRecords && queue.inFlight > 1 && answer.faultyRecords.length === 0
}

function refuse(queue: PartitionQueue, brokerCode: number, answer: PartitionAnswer | null): void {
  const { topic } = queue
  const reason = answer?.errorMessage ?? `error ${brokerCode}`
  const message = `Kafka refused records for topic ${topic}: ${reason}`
  const failure = new KafkaError(codeOfBroker(brokerCode), message, { topic, brokerCode })
  // An answer about one partition says nothing about the others.
  queue.failure =
    failure.scope === 'cluster'
      ? new KafkaError(failure.code, message, { topic, brokerCode, scope: 'partition' })
      : failure
  if (failure.scope === 'record') queue.faulty = faultyIndexes(queue, answer)
}

function faultyIndexes(queue: PartitionQueue, answer: PartitionAnswer | null): readonly number[] {
  const rest = queue.indexes.slice(queue.acknowledged)
  if (!answer) return rest
  const batch = rest.slice(0, queue.inFlight)
  return answer.faultyRecords.length === 0 ? batch : batch.filter((_, i) => answer.faultyRecords.includes(i))
}

/** Fails the queue for its next record, which is not sent. */
export function rejectTooLarge(queue: PartitionQueue, reason: string): void {
  const { topic, indexes, acknowledged } = queue
  queue.failure = new KafkaError('recordTooLarge', `A record for topic ${topic} is too large: ${reason}`, {
    topic,
  })
  queue.faulty = indexes.slice(acknowledged, acknowledged + 1)
}

/** Ends the call: batches that were not answered in time have an unknown outcome. */
export function expire(sending: Sending, timeoutMs: number): void {
  sending.expired = true
  for (const queue of sending.queues) {
    if (queue.failure || queue.acknowledged === queue.indexes.length) continue
    const { topic } = queue
    queue.failure = queue.moved
      ? new KafkaError('leaderUnavailable', `Topic ${topic} had no leader within ${timeoutMs} ms`, { topic })
      : new KafkaError('timeout', `Records for topic ${topic} were not acknowledged within ${timeoutMs} ms`, {
          topic,
        })
  }
}

const narrowestFirst: readonly KafkaErrorScope[] = ['record', 'topic', 'partition', 'cluster']

/** The error of the whole call, that of the narrowest scope before the others; undefined when all is acknowledged. */
export function failureOf(sending: Sending): KafkaError | undefined {
  const failing = sending.queues.filter((queue) => queue.failure)
  const failures = failing.flatMap((queue) => queue.failure ?? [])
  const [first] = narrowestFirst.flatMap((scope) => failures.filter((failure) => failure.scope === scope))
  if (!first) return undefined
  const { code, message, scope, topic, brokerCode, cause } = first
  const failed = failing.flatMap((queue) => queue.indexes.slice(queue.acknowledged)).sort((a, b) => a - b)
  const errors = failing.flatMap(recordErrors).sort((a, b) => a.index - b.index)
  return new KafkaError(code, message, { scope, topic, brokerCode, failed, errors, cause })
}

function recordErrors(queue: PartitionQueue): RecordError[] {
  if (!queue.failure) return []
  const { topic, partition } = queue
  const { code, scope, brokerCode, message } = queue.failure
  const indexes = scope === 'record' ? queue.faulty : queue.indexes.slice(queue.acknowledged)
  return indexes.map((index) => ({ index, code, scope, topic, partition, brokerCode, message }))
}
