import { setTimeout as delay } from 'node:timers/promises'
import { check } from './brokerCodes.ts'
import type { BrokerAddress, KafkaConfig } from './config.ts'
import type { ConsumedRecord } from './consumedRecord.ts'
import { type Fetched, fetchBatches } from './fetchRequest.ts'
import { KafkaError } from './kafkaError.ts'
import { readOffsets, readOffsetsAt } from './offsets.ts'
import { consumedRecord } from './readRecords.ts'
import { openSession, type Session } from './session.ts'
import { visibleRecords } from './visibleRecords.ts'

export interface FollowOptions {
  /** Starts with the records from this time on, in milliseconds since 1970. */
  readonly sinceMs: number
  /** Ends it without an error. */
  readonly signal: AbortSignal
  /** Gets the records of a partition, in order. */
  onRecords(records: readonly ConsumedRecord[]): void
  /** Called after each answer of the brokers, once all records that existed at the start were delivered. */
  onCurrent(): void
}

/** What a broker waits for records. */
const longPollMs = 5_000
const lookEveryMs = 30_000
const fetchBytes = 1024 * 1024
const timeouts = { connectMs: 3_000, requestMs: longPollMs + 5_000 }

interface Place {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** Where the partition ended at the beginning. */
  readonly end: bigint
  next: bigint
}

interface Following extends FollowOptions {
  readonly topics: readonly string[]
  readonly places: readonly Place[]
  /** For everything but the fetches, which wait at the brokers and would keep other requests waiting. */
  readonly session: Session
  readonly fetches: Session
}

/**
 * Delivers the new records of some topics, without a group: every process that follows them gets every record. It ends with the
 * signal or at the first failure, after which the caller has to start again. Errors: KafkaError.
 */
export async function followTopics(
  config: KafkaConfig,
  topics: readonly string[],
  options: FollowOptions,
): Promise<void> {
  const [session, fetches] = [openSession(config, timeouts), openSession(config, timeouts)]
  const over = new AbortController()
  const end = () => over.abort()
  over.signal.addEventListener('abort', () => {
    session.connections.close()
    fetches.connections.close()
  })
  options.signal.addEventListener('abort', end)
  if (options.signal.aborted) end()
  try {
    const places = await findPlaces(session, topics, options.sinceMs)
    const following: Following = { ...options, signal: over.signal, topics, places, session, fetches }
    const byLeader = Map.groupBy(places, (place) => leaderOf(session, place))
    await Promise.all([
      keepLooking(following),
      ...[...byLeader].map(([leader, here]) => keepFetching(following, leader, here)),
    ])
  } catch (error) {
    if (!options.signal.aborted) throw error
  } finally {
    options.signal.removeEventListener('abort', end)
    end()
  }
}

async function findPlaces(session: Session, topics: readonly string[], sinceMs: number): Promise<Place[]> {
  const starts = await readOffsetsAt(session, topics, sinceMs)
  const ends = await readOffsets(session, topics)
  return starts.map(({ topic, partition, offset: next }) => {
    const end = ends.find((each) => each.topic === topic && each.partition === partition)?.end ?? next
    return { topic, topicId: session.cluster.cached(topic)?.id ?? '', partition, end, next }
  })
}

function leaderOf({ cluster }: Session, { topic, partition }: Place): BrokerAddress {
  const leader = cluster.leader(topic, partition)
  if (leader === undefined)
    throw new KafkaError('leaderUnavailable', `Topic ${topic} has no leader`, { topic })
  return leader
}

async function keepFetching(
  following: Following,
  leader: BrokerAddress,
  places: readonly Place[],
): Promise<void> {
  const { fetches, signal } = following
  const connection = await fetches.connections.to(leader)
  while (!signal.aborted) {
    const from = places.map(({ topicId, partition, next: offset }) => {
      return { topicId, partition, offset, maxBytes: fetchBytes }
    })
    const options = { maxBytes: fetchBytes, waitMs: longPollMs, committed: true }
    for (const fetched of await fetchBatches(connection, from, options)) take(following, places, fetched)
    if (following.places.every(({ next, end }) => next >= end)) following.onCurrent()
  }
}

function take({ onRecords }: Following, places: readonly Place[], fetched: Fetched): void {
  const { topicId, partition, errorCode, batches, aborted } = fetched
  const place = places.find((each) => each.topicId === topicId && each.partition === partition)
  check(errorCode, `Topic ${place?.topic} cannot be read`, place?.topic)
  const last = batches.at(-1)
  if (place === undefined || last === undefined) return
  const records = visibleRecords(batches, aborted, place.next)
  place.next = last.lastOffset + 1n
  if (records.length > 0) onRecords(records.map((record) => consumedRecord(place.topic, partition, record)))
}

/** Ends it by an error when a topic was recreated, or has got partitions or other leaders. */
async function keepLooking({ session, topics, signal }: Following): Promise<void> {
  while (!signal.aborted) {
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const before = describe(session, topics)
    await session.cluster.topics(topics, 0)
    if (describe(session, topics) !== before)
      throw new KafkaError('leaderUnavailable', `The partitions of ${topics} have changed`)
  }
}

function describe({ cluster }: Session, topics: readonly string[]): string {
  return JSON.stringify(topics.map((topic) => [cluster.cached(topic)?.id, cluster.cached(topic)?.leaders]))
}
