import type { ConsumedRecord } from './consumedRecord.ts'
import { fetchPartition } from './fetchPartition.ts'
import { KafkaError } from './kafkaError.ts'
import { nearestOffset, type PartitionOffsets, readOffsets, readOffsetsAt } from './offsets.ts'
import { consumedRecord } from './readRecords.ts'
import type { Compression } from './recordBatch.ts'
import type { Session } from './session.ts'
import { visibleRecords } from './visibleRecords.ts'

/** Where a look at a topic begins: so many offsets before each end, at an offset of a partition, or at a time. */
export type PeekFrom =
  | { readonly last: number }
  | { readonly offset: bigint }
  /** Milliseconds since 1970. */
  | { readonly timeMs: number }

export interface PeekOptions {
  readonly topic: string
  /** Default: all of them. */
  readonly partition?: number | undefined
  readonly from: PeekFrom
  /** Records that are not wanted count for the bounds all the same. Default: all are. */
  readonly isWanted?: ((record: ConsumedRecord) => boolean) | undefined
  /** Bounds of what is returned, of what is fetched, and of the time that it takes. */
  readonly maxRecords: number
  readonly maxBytes: number
  readonly maxMs: number
}

export interface PeekedRecord extends ConsumedRecord {
  readonly codec: Compression | undefined
}

export interface PeekedPartition extends PartitionOffsets {
  /** Where the look began, and the offset that it would go on at. */
  readonly from: bigint
  readonly next: bigint
}

export interface Peeked {
  /** By partition and offset. */
  readonly records: readonly PeekedRecord[]
  readonly partitions: readonly PeekedPartition[]
  /** `end`: there was no more; else the bound that ended it. */
  readonly stopped: 'end' | 'records' | 'bytes' | 'time'
  readonly bytes: number
}

const fetchBytes = 1024 * 1024

interface Place extends PartitionOffsets {
  readonly from: bigint
  next: bigint
}

/**
 * Looks at records of a topic as consumers get them, within bounds, without a group. Partitions have their turns, so that none is
 * left out for another. Errors: KafkaError.
 */
export async function peekTopic(session: Session, options: PeekOptions): Promise<Peeked> {
  const deadline = performance.now() + options.maxMs
  const places = await findPlaces(session, options)
  const records: PeekedRecord[] = []
  let bytes = 0
  const stopped = (): Peeked['stopped'] | undefined => {
    if (records.length >= options.maxRecords) return 'records'
    if (bytes >= options.maxBytes) return 'bytes'
    return performance.now() >= deadline ? 'time' : undefined
  }
  for (let open = places.filter(hasMore); open.length > 0; open = open.filter(hasMore)) {
    const share = Math.ceil((options.maxRecords - records.length) / open.length)
    for (const place of open) {
      if (stopped()) break
      const found = await fetchAt(session, place, options)
      bytes += found.bytes
      take(place, found, {
        records,
        most: Math.min(options.maxRecords, records.length + share),
        isWanted: options.isWanted,
      })
    }
    if (stopped()) break
  }
  const sorted = records.toSorted((a, b) => a.partition - b.partition || Number(a.offset - b.offset))
  return { records: sorted, partitions: places, stopped: stopped() ?? 'end', bytes }
}

function hasMore({ next, end }: Place): boolean {
  return next < end
}

async function findPlaces(session: Session, options: PeekOptions): Promise<Place[]> {
  const { topic, partition, from } = options
  const all = await readOffsets(session, [topic])
  const wanted = partition === undefined ? all : all.filter((each) => each.partition === partition)
  if (wanted.length === 0)
    throw new KafkaError('unknownTopic', `Topic ${topic} has no partition ${partition}.`, { topic })
  const atTime = 'timeMs' in from ? await readOffsetsAt(session, [topic], from.timeMs) : []
  return wanted.map((offsets) => {
    const begin = beginOf(offsets, from, atTime.find((each) => each.partition === offsets.partition)?.offset)
    return { ...offsets, from: begin, next: begin }
  })
}

function beginOf(offsets: PartitionOffsets, from: PeekFrom, atTime: bigint | undefined): bigint {
  const { end } = offsets
  const wanted = 'last' in from ? end - BigInt(from.last) : 'offset' in from ? from.offset : (atTime ?? end)
  return nearestOffset(wanted, offsets)
}

interface Found {
  readonly records: readonly PeekedRecord[]
  /** Behind the last batch; undefined when nothing came. */
  readonly next: bigint | undefined
  readonly bytes: number
}

async function fetchAt(session: Session, place: Place, options: PeekOptions): Promise<Found> {
  const { topic, partition, next: offset } = place
  const leader = session.cluster.leader(topic, partition)
  if (!leader) throw new KafkaError('leaderUnavailable', `Partition ${partition} of ${topic} has no leader.`)
  const maxBytes = Math.min(fetchBytes, options.maxBytes)
  const fetched = await fetchPartition(session, leader, place, { maxBytes, committed: true })
  const batches = fetched?.batches ?? []
  const records = visibleRecords(batches, fetched?.aborted ?? [], offset).map((record) => {
    const codec = batches.find(({ lastOffset }) => record.offset <= lastOffset)?.codec
    return { ...consumedRecord(topic, partition, record), codec }
  })
  const last = batches.at(-1)
  return { records, next: last && last.lastOffset + 1n, bytes: fetched?.bytes ?? 0 }
}

interface Taking extends Pick<PeekOptions, 'isWanted'> {
  readonly records: PeekedRecord[]
  readonly most: number
}

/** Takes those that are wanted, up to the bound; what is left is where the next look goes on. */
function take(place: Place, found: Found, { records, most, isWanted }: Taking): void {
  for (const record of found.records) {
    if (record.offset >= place.end) break
    if (records.length >= most) return
    place.next = record.offset + 1n
    if (isWanted?.(record) ?? true) records.push(record)
  }
  // Compaction, and marks of transactions, leave offsets without records.
  place.next = found.next === undefined || found.next > place.end ? place.end : found.next
}
