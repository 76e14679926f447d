import type { OutgoingRecord } from './outgoingRecord.ts'
import { compressionsAlgorithms, crc32c, Writer } from './platformatic.ts'

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** A record batch in Kafka's format 2, ready to be sent. */
export interface RecordBatch {
  readonly bytes: Buffer
  readonly count: number
  /** Its size before compression. */
  readonly rawBytes: number
}

const headerBytes = 61
const crcStart = 21
const maxVarint = 8

// The client's own encoder makes a Buffer per number (about 35 a record with seven headers). This one writes into
// one scratch buffer, which is copied out when the batch is complete.
let scratch = Buffer.allocUnsafe(1 << 20)

/**
 * Encodes the records at `indexes[from]`, `indexes[from + 1]`… until the batch would exceed `maxBytes` before
 * compression (one record is always taken). The format is at https://kafka.apache.org/documentation/#recordbatch.
 */
export function encodeRecordBatch(
  records: readonly OutgoingRecord[],
  indexes: readonly number[],
  from: number,
  maxBytes: number,
  compression: Compression,
): RecordBatch {
  const now = Date.now()
  const firstTimestamp = records[indexes[from] as number]?.timestamp ?? now
  let maxTimestamp = firstTimestamp
  let end = headerBytes
  let count = 0
  for (let i = from; i < indexes.length; i++) {
    const record = records[indexes[i] as number] as OutgoingRecord
    const timestamp = record.timestamp ?? now
    reserve(end, record)
    const next = writeRecord(scratch, end, record, count, timestamp - firstTimestamp)
    if (next > maxBytes && count > 0) break
    end = next
    count += 1
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
  }
  const bytes = compress(scratch.subarray(0, end), compression)
  return { bytes: writeHeader(bytes, count, firstTimestamp, maxTimestamp, compression), count, rawBytes: end }
}

function compress(batch: Buffer, compression: Compression): Buffer {
  if (compression === 'none') return Buffer.from(batch)
  const records = compressionsAlgorithms[compression].compressSync(batch.subarray(headerBytes))
  return Buffer.concat([batch.subarray(0, headerBytes), records])
}

function writeHeader(
  bytes: Buffer,
  count: number,
  first: number,
  max: number,
  compression: Compression,
): Buffer {
  bytes.writeBigInt64BE(0n, 0) // base offset
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt32BE(-1, 12) // partition leader epoch: the broker's to set
  bytes.writeInt8(2, 16) // magic
  bytes.writeInt16BE(compression === 'none' ? 0 : compressionsAlgorithms[compression].bitmask, 21)
  bytes.writeInt32BE(count - 1, 23)
  bytes.writeBigInt64BE(BigInt(first), 27)
  bytes.writeBigInt64BE(BigInt(max), 35)
  bytes.writeBigInt64BE(-1n, 43) // producer id, epoch and sequence: not idempotent
  bytes.writeInt16BE(-1, 51)
  bytes.writeInt32BE(-1, 53)
  bytes.writeInt32BE(count, 57)
  // The client's crc32c copies a plain Buffer, but uses the one inside a DynamicBuffer without a copy.
  bytes.writeUInt32BE(crc32c(Writer.create().append(bytes.subarray(crcStart)).dynamicBuffer), 17)
  return bytes
}

/** Grows the scratch buffer so that the record fits after `used`, whatever its characters need in UTF-8. */
function reserve(used: number, record: OutgoingRecord): void {
  let needed = used + 3 * ((record.key?.length ?? 0) + (record.value?.length ?? 0)) + 8 * maxVarint
  for (const name in record.headers) {
    needed += 3 * (name.length + (record.headers[name] as string).length) + 2 * maxVarint
  }
  if (needed <= scratch.length) return
  const larger = Buffer.allocUnsafe(2 * needed)
  scratch.copy(larger, 0, 0, used)
  scratch = larger
}

const assumedPrefix = 2 // bytes of the length of a record of 64 to 8191 bytes

function writeRecord(
  buffer: Buffer,
  start: number,
  record: OutgoingRecord,
  offsetDelta: number,
  timestampDelta: number,
): number {
  const body = start + assumedPrefix
  let at = body
  buffer[at++] = 0 // attributes
  at = writeVarint(buffer, at, timestampDelta)
  at = writeVarint(buffer, at, offsetDelta)
  at = writeField(buffer, at, record.key)
  at = writeField(buffer, at, record.value)
  at = writeHeaders(buffer, at, record.headers)
  const prefix = varintBytes(at - body)
  if (prefix !== assumedPrefix) buffer.copyWithin(start + prefix, body, at)
  writeVarint(buffer, start, at - body)
  return at + prefix - assumedPrefix
}

function writeHeaders(buffer: Buffer, start: number, headers: Readonly<Record<string, string>>): number {
  let count = 0
  for (const _ in headers) count += 1
  let at = writeVarint(buffer, start, count)
  for (const name in headers) {
    at = writeText(buffer, at, name)
    at = writeText(buffer, at, headers[name] as string)
  }
  return at
}

function writeField(buffer: Buffer, at: number, field: string | Uint8Array | null): number {
  if (field === null) return writeVarint(buffer, at, -1)
  if (typeof field === 'string') return writeText(buffer, at, field)
  const start = writeVarint(buffer, at, field.length)
  buffer.set(field, start)
  return start + field.length
}

function writeText(buffer: Buffer, at: number, text: string): number {
  const assumed = varintBytes(text.length) // right whenever the text is ASCII
  const body = at + assumed
  const bytes = writeUtf8(buffer, body, text)
  const prefix = varintBytes(bytes)
  if (prefix !== assumed) buffer.copyWithin(at + prefix, body, body + bytes)
  writeVarint(buffer, at, bytes)
  return at + prefix + bytes
}

/** Short ASCII is copied by hand: the call into C++ costs more than the copy (measured: up to about 50 characters). */
function writeUtf8(buffer: Buffer, at: number, text: string): number {
  if (text.length > 48) return buffer.write(text, at)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127) return buffer.write(text, at)
    buffer[at + i] = code
  }
  return text.length
}

/** Zigzag varint; arithmetic instead of shifts, since timestamps need more than 32 bits. */
function writeVarint(buffer: Buffer, start: number, value: number): number {
  let at = start
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  while (rest > 127) {
    buffer[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  buffer[at++] = rest
  return at
}

/** Bytes of a non-negative number as a zigzag varint. */
function varintBytes(value: number): number {
  if (value < 64) return 1
  if (value < 8192) return 2
  if (value < 1048576) return 3
  return value < 134217728 ? 4 : 5
}
