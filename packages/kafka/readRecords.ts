import { isUtf8 } from 'node:buffer'
import type { ConsumedRecord, RecordFault } from './consumedRecord.ts'

/** A record as it is in its batch. */
export interface ReadRecord {
  readonly offset: bigint
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
  readonly fault: RecordFault | undefined
}

/** More than the outbox allows an event, plus what the relay and a dead-letter topic add. */
export const maxHeaders = 128
/** Kafka's default limit of a whole record. */
export const maxHeaderBytes = 1024 * 1024

export interface BatchFacts {
  readonly count: number
  readonly firstOffset: bigint
  readonly firstTimestamp: bigint
  /** When the broker appended the batch, if the topic keeps that instead of the producer's time. */
  readonly appendedAt: bigint | undefined
}

interface Cursor {
  readonly data: Buffer
  at: number
}

/** Reads the records of a batch. One that breaks the format, or the bounds of headers, has a `fault`. */
export function readRecords(data: Buffer, batch: BatchFacts): ReadRecord[] {
  const records: ReadRecord[] = []
  const cursor: Cursor = { data, at: 0 }
  for (let i = 0; i < batch.count; i++) {
    const length = readVarint(cursor)
    const end = cursor.at + length
    if (length < 0 || end > data.length) throw new RangeError('A record is cut off')
    records.push(readRecord({ data: data.subarray(0, end), at: cursor.at }, batch, i))
    cursor.at = end
  }
  return records
}

function readRecord(cursor: Cursor, batch: BatchFacts, place: number): ReadRecord {
  let offset = batch.firstOffset + BigInt(place)
  let timestamp = Number(batch.appendedAt ?? batch.firstTimestamp)
  try {
    cursor.at += 1 // attributes, which no version uses
    const delta = readVarint(cursor)
    if (batch.appendedAt === undefined) timestamp += delta
    offset = batch.firstOffset + BigInt(readVarint(cursor))
    const [key, value] = [readBytes(cursor), readBytes(cursor)]
    return { offset, timestamp, key, value, ...readHeaders(cursor) }
  } catch (error) {
    return undecodable(offset, timestamp, `The record cannot be read: ${(error as Error).message}`)
  }
}

/** Placeholder for an unreadable record or batch. */
export function undecodable(offset: bigint, timestamp: number, message: string): ReadRecord {
  return { offset, timestamp, key: null, value: null, headers: {}, fault: { code: 'undecodable', message } }
}

function readHeaders(cursor: Cursor): Pick<ReadRecord, 'headers' | 'fault'> {
  const count = readVarint(cursor)
  const start = cursor.at
  const headers: [string, string][] = []
  while (headers.length < Math.min(count, maxHeaders) && cursor.at - start <= maxHeaderBytes) {
    const name = readBytes(cursor)?.toString() ?? ''
    headers.push([name, readBytes(cursor)?.toString() ?? ''])
  }
  return { headers: Object.fromEntries(headers), fault: headerFault(count, cursor.at - start) }
}

function headerFault(count: number, bytes: number): RecordFault | undefined {
  if (count <= maxHeaders && bytes <= maxHeaderBytes) return undefined
  const excess =
    count > maxHeaders
      ? `${count} headers, more than ${maxHeaders}`
      : `more than ${maxHeaderBytes} bytes of headers`
  return { code: 'outOfBounds', message: `The record has ${excess}` }
}

/** Null if the length says so; a length beyond the record is an error. */
function readBytes(cursor: Cursor): Buffer | null {
  const length = readVarint(cursor)
  if (length === -1) return null
  const start = cursor.at
  if (length < -1 || start + length > cursor.data.length) throw new RangeError('a field is cut off')
  cursor.at = start + length
  return cursor.data.subarray(start, cursor.at)
}

/** Zigzag varint; arithmetic instead of shifts, since timestamps need more than 32 bits. */
function readVarint(cursor: Cursor): number {
  let value = 0
  for (let factor = 1; ; factor *= 128) {
    const byte = cursor.data[cursor.at++]
    if (byte === undefined) throw new RangeError('a number is cut off')
    value += (byte & 127) * factor
    if (byte < 128) break
    if (factor > 2 ** 56) throw new RangeError('a number is too long')
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

/**
 * A key as unique text: a key that is not UTF-8, or that begins with U+FFFD itself, becomes U+FFFD and its bytes in
 * hexadecimal.
 */
export function keyText(key: Buffer | null): string | null {
  if (key === null) return null
  const text = isUtf8(key) ? key.toString() : undefined
  return text === undefined || text.startsWith('\ufffd') ? `\ufffd${key.toString('hex')}` : text
}

/** The record as it is handed on. */
export function consumedRecord(topic: string, partition: number, record: ReadRecord): ConsumedRecord {
  const { key, fault, ...rest } = record
  return { topic, partition, ...rest, key: keyText(key), ...(fault && { fault }) }
}
