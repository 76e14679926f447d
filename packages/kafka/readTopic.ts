import { setTimeout as delay } from 'node:timers/promises'
import { check } from './brokerCodes.ts'
import type { KafkaConfig } from './config.ts'
import { answerTo } from './connections.ts'
import type { ConsumedRecord } from './consumedRecord.ts'
import { type PartitionOffsets, readOffsets } from './offsets.ts'
import { fetchV12, type KafkaRecord } from './platformatic.ts'
import { openSession, type Session } from './session.ts'

export interface ReadOptions {
  /** Where to begin in a partition; default: at its start. What is before the start or behind the end is brought back to it. */
  readonly from?: (offsets: PartitionOffsets) => bigint
  /** Goes on at the ends with what comes, until `signal`; the records of several partitions then come by turns. */
  readonly follow?: boolean
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal
}

const fetchBytes = 4 * 1024 * 1024
const followPauseMs = 100
const readUncommitted = 0
const control = 1 << 5

/**
 * Reads a topic, partition after partition, up to the ends at the time of the call; uses no group and commits nothing. It holds
 * about 4 MiB at a time. Breaking out of the loop closes the connection. Errors: KafkaError.
 */
export async function* readTopic(
  config: KafkaConfig,
  topic: string,
  options: ReadOptions = {},
): AsyncGenerator<ConsumedRecord, void> {
  const session = openSession(config, { connectMs: 3_000, requestMs: 15_000 })
  try {
    const places = (await readOffsets(session, [topic])).map((offsets) => {
      return { ...offsets, next: clamp(options.from?.(offsets) ?? offsets.start, offsets) }
    })
    for (const place of places) yield* readPlace(session, place, options)
    while (options.follow && !options.signal?.aborted) yield* followPlaces(session, places, options)
  } finally {
    session.connections.destroy()
  }
}

interface Place extends PartitionOffsets {
  /** The next offset to be read. */
  next: bigint
}

function clamp(offset: bigint, { start, end }: PartitionOffsets): bigint {
  if (offset < start) return start
  return offset > end ? end : offset
}

async function* readPlace(
  session: Session,
  place: Place,
  { signal }: ReadOptions,
): AsyncGenerator<ConsumedRecord, void> {
  while (place.next < place.end && !signal?.aborted) {
    for (const record of await fetchNext(session, place)) if (record.offset < place.end) yield record
  }
}

async function* followPlaces(
  session: Session,
  places: readonly Place[],
  { signal }: ReadOptions,
): AsyncGenerator<ConsumedRecord, void> {
  let idle = true
  for (const place of places) {
    const records = signal?.aborted ? [] : await fetchNext(session, place)
    if (records.length > 0) idle = false
    yield* records
  }
  if (idle) await delay(followPauseMs, undefined, signal && { signal }).catch(() => undefined)
}

/** The records from `place.next` on that one fetch gives, and moves it behind them. */
async function fetchNext({ cluster, connections }: Session, place: Place): Promise<ConsumedRecord[]> {
  const { topic, partition, next: fetchOffset } = place
  const limits = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: fetchBytes }
  const topics = [{ topicId: topic, partitions: [{ partition, fetchOffset, ...limits }] }] // v12 takes the name
  const message = `Topic ${topic} cannot be read`
  const leader = cluster.leader(topic, partition)
  if (!leader) return check(5, message, topic) ?? []
  const work = fetchV12.api.async(
    await connections.to(leader),
    0,
    1,
    fetchBytes,
    readUncommitted,
    0,
    -1,
    topics,
    [],
    '',
  )
  const answer = (await answerTo(work, message)).responses[0]?.partitions[0]
  check(answer?.errorCode ?? -1, message, topic)
  const records: ConsumedRecord[] = []
  for (const batch of answer?.records ?? []) {
    place.next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
    if (batch.attributes & control) continue
    for (const record of batch.records) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta)
      if (offset < fetchOffset) continue
      const timestamp = Number(batch.firstTimestamp + record.timestampDelta)
      records.push({ topic, partition, offset, timestamp, ...contentOf(record) })
    }
  }
  return records
}

function contentOf(record: KafkaRecord): Pick<ConsumedRecord, 'key' | 'value' | 'headers'> {
  const headers: Record<string, string> = {}
  for (const [name, value] of record.headers) if (name) headers[name.toString()] = value?.toString() ?? ''
  return { key: record.key?.toString() ?? null, value: record.value, headers }
}
