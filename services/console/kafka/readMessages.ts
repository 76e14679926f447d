import {
  type Admin,
  type ConsumedRecord,
  type Peeked,
  type PeekedRecord,
  type PeekFrom,
  partitionOf,
} from '@relevo/kafka'
import { ServiceError } from '@relevo/kit'
import { maskHeaders, showPayload } from '../masking.ts'
import type { KafkaMessage, KafkaMessages } from '../shapes.ts'

export const beginnings = ['tail', 'beginning', 'offset', 'time'] as const

export interface MessageQuery {
  readonly topic: string
  readonly partition?: number | undefined
  /** Where to begin; `tail`: with the newest. */
  readonly from: (typeof beginnings)[number]
  readonly offset?: number | undefined
  readonly time?: string | undefined
  /** Only records of this key. Without a partition: of the one that the key belongs to. */
  readonly key?: string | undefined
  /** In every partition all the same: a producer may choose it by something else. */
  readonly everywhere?: 'true' | undefined
  /** Only the record with this `ce_id`. */
  readonly event?: string | undefined
  readonly limit: number
}

/** What one look may take; the page says where it stopped. */
const bounds = { maxBytes: 8 << 20, maxMs: 3_000 }
/** So far back a search begins that is not told where to. */
const searchedOffsets = 20_000

/** @param isMasked undefined: the viewer may not see contents. */
export async function readMessages(
  admin: Pick<Admin, 'peekTopic' | 'topicOffsets'>,
  query: MessageQuery,
  isMasked: ((field: string) => boolean) | undefined,
): Promise<KafkaMessages> {
  const count = (await admin.topicOffsets([query.topic])).length
  const isKeyed = query.key !== undefined && query.everywhere === undefined
  const partition = query.partition ?? (isKeyed ? partitionOf(query.key ?? '', count) : undefined)
  const found = await admin.peekTopic({
    topic: query.topic,
    partition,
    from: beginOf(query, partition === undefined ? count : 1),
    isWanted: (record) => isWanted(record, query),
    maxRecords: query.limit,
    ...bounds,
  })
  const messages = found.records.map((record) => toMessage(record, isMasked))
  return { ...extent(found), messages: query.from === 'tail' ? newestFirst(messages) : messages }
}

function beginOf({ from, offset, time, key, event, limit }: MessageQuery, partitions: number): PeekFrom {
  if (from === 'beginning') return { offset: 0n }
  if (from === 'tail') {
    const isSearch = key !== undefined || event !== undefined
    return { last: isSearch ? searchedOffsets : Math.ceil(limit / partitions) }
  }
  if (from === 'offset' && offset !== undefined) return { offset: BigInt(offset) }
  if (from === 'time' && time !== undefined) return { timeMs: Date.parse(time) }
  throw new ServiceError('invalidRequest', `Say from which ${from}.`)
}

function isWanted({ key, headers }: ConsumedRecord, query: MessageQuery): boolean {
  if (query.key !== undefined && key !== query.key) return false
  return query.event === undefined || headers.ce_id === query.event
}

function extent({ partitions, stopped, bytes }: Peeked) {
  const places = partitions.map(({ partition, start, end, from, next }) => ({
    partition,
    ...{ start: Number(start), end: Number(end), from: Number(from), next: Number(next) },
  }))
  return { partitions: places, stopped, bytes }
}

function newestFirst(messages: readonly KafkaMessage[]): KafkaMessage[] {
  return messages.toSorted((a, b) => b.time.localeCompare(a.time) || b.offset - a.offset)
}

function toMessage(record: PeekedRecord, isMasked: ((field: string) => boolean) | undefined): KafkaMessage {
  const { partition, offset, timestamp, key, headers, value, codec, fault } = record
  return {
    partition,
    offset: Number(offset),
    time: new Date(timestamp).toISOString(),
    key,
    type: headers.ce_type ?? null,
    event_id: headers.ce_id ?? null,
    bytes: value?.length ?? null,
    codec: codec ?? null,
    fault: fault?.message ?? null,
    content: isMasked ? contentOf(headers, value, isMasked) : null,
  }
}

function contentOf(
  headers: Readonly<Record<string, string>>,
  value: Buffer | null,
  isMasked: (field: string) => boolean,
) {
  return {
    headers: maskHeaders(headers, isMasked),
    payload: showPayload(value?.toString() ?? null, isMasked),
  }
}
