import { decompress } from './decompress.ts'
import { type ReadRecord, readRecords, undecodable } from './readRecords.ts'
import type { Compression } from './recordBatch.ts'

/** A record batch of Kafka's format 2. */
export interface ReadBatch {
  /** Offset of the last record that was written into it; compaction may have removed that. */
  readonly lastOffset: bigint
  /** Holds only the marker that ends a transaction, no user records. */
  readonly control: boolean
  readonly transactional: boolean
  readonly producerId: bigint
  /** None for one that nobody knows. */
  readonly codec: Compression | undefined
  readonly records: readonly ReadRecord[]
}

const prefixBytes = 12 // offset and length, which the length does not count
const headerBytes = 61
const magicAt = 16
const codecBits = 7
const codecs: readonly (Compression | undefined)[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const logAppendTime = 1 << 3
const transactionalBit = 1 << 4
const controlBit = 1 << 5

/**
 * Reads the record batches of a fetch; a truncated last one is left out. Never throws for a batch's content: an
 * unreadable batch is a record with a `fault` at its last offset. The format is at
 * https://kafka.apache.org/documentation/#recordbatch.
 */
export function readBatches(data: Buffer): ReadBatch[] {
  const batches: ReadBatch[] = []
  for (let at = 0; at + headerBytes <= data.length; ) {
    const end = at + prefixBytes + data.readInt32BE(at + 8)
    if (end > data.length || end < at + headerBytes) break
    batches.push(readBatch(data.subarray(at, end)))
    at = end
  }
  return batches
}

function readBatch(data: Buffer): ReadBatch {
  const attributes = data.readInt16BE(21)
  const lastOffset = data.readBigInt64BE(0) + BigInt(data.readInt32BE(23))
  return {
    lastOffset,
    control: (attributes & controlBit) !== 0,
    transactional: (attributes & transactionalBit) !== 0,
    producerId: data.readBigInt64BE(43),
    codec: codecs[attributes & codecBits],
    records: tryToRead(data, attributes, lastOffset),
  }
}

function tryToRead(data: Buffer, attributes: number, lastOffset: bigint): readonly ReadRecord[] {
  const maxTimestamp = data.readBigInt64BE(35)
  try {
    if (data[magicAt] !== 2) throw new RangeError(`Record batches of format ${data[magicAt]} cannot be read`)
    const codec = attributes & codecBits
    const body = data.subarray(headerBytes)
    return readRecords(codec === 0 ? body : decompress(body, codec), {
      count: data.readInt32BE(57),
      firstOffset: data.readBigInt64BE(0),
      firstTimestamp: data.readBigInt64BE(27),
      appendedAt: attributes & logAppendTime ? maxTimestamp : undefined,
    })
  } catch (error) {
    const reason = `A batch of ${data.readInt32BE(57)} records cannot be read: ${(error as Error).message}`
    return [undecodable(lastOffset, Number(maxTimestamp), reason)]
  }
}
