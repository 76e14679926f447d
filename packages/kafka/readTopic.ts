import { setTimeout as delay } from 'node:timers/promises'
import { check } from './brokerCodes.ts'
import type { KafkaConfig } from './config.ts'
import type { ConsumedRecord } from './consumedRecord.ts'
import { fetchPartition } from './fetchPartition.ts'
import { nearestOffset, type PartitionOffsets, readOffsets } from './offsets.ts'
import { consumedRecord } from './readRecords.ts'
import { openSession, patiently, type Session } from './session.ts'

export interface ReadOptions {
  /** Where to start in a partition; default: at its start. An offset before the start or after the end is moved to it. */
  readonly from?: (offsets: PartitionOffsets) => bigint
  /** Continues at the ends with new records, until `signal`; the records of several partitions then interleave. */
  readonly follow?: boolean
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal
}

const fetchBytes = 4 * 1024 * 1024
const followPauseMs = 100
const metadataMaxAgeMs = 60_000

/**
 * Reads a topic, partition after partition, up to the ends at the time of the call; uses no group and commits nothing. It holds
 * about 4 MiB in memory. Breaking out of the loop closes the connection. Errors: KafkaError.
 */
export async function* readTopic(
  config: KafkaConfig,
  topic: string,
  options: ReadOptions = {},
): AsyncGenerator<ConsumedRecord, void> {
  const session = openSession(config, { connectMs: 3_000, requestMs: 15_000 })
  try {
    const places = (await patiently(() => readOffsets(session, [topic]))).map((offsets) => {
      return { ...offsets, next: nearestOffset(options.from?.(offsets) ?? offsets.start, offsets) }
    })
    for (const place of places) yield* readPlace(session, place, options)
    while (options.follow && !options.signal?.aborted) yield* followPlaces(session, places, options)
  } finally {
    session.connections.close()
  }
}

interface Place extends PartitionOffsets {
  /** The next offset to be read. */
  next: bigint
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

/** Fetches records from `place.next` on once, and moves it past them. */
function fetchNext(session: Session, place: Place): Promise<ConsumedRecord[]> {
  return patiently(async () => {
    await session.cluster.topics([place.topic], metadataMaxAgeMs)
    try {
      return await fetchOnce(session, place)
    } catch (error) {
      session.cluster.forget(place.topic)
      throw error
    }
  })
}

async function fetchOnce(session: Session, place: Place): Promise<ConsumedRecord[]> {
  const { topic, partition, next: offset } = place
  const leader = session.cluster.leader(topic, partition)
  if (!leader) return check(5, `Topic ${topic} cannot be read`, topic) ?? []
  const fetched = await fetchPartition(session, leader, place, { maxBytes: fetchBytes })
  const batches = fetched?.batches ?? []
  const last = batches.at(-1)
  if (last) place.next = last.lastOffset + 1n
  const records = batches.flatMap((batch) => (batch.control ? [] : batch.records))
  return records.filter((r) => r.offset >= offset).map((r) => consumedRecord(topic, partition, r))
}
