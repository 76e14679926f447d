import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { compressionsAlgorithms } from './platformatic.ts'

/**
 * Maximum decompressed size of a record batch. Brokers limit only the compressed size, and a few kilobytes can decompress to more
 * memory than the process has.
 */
export const maxUnfoldedBytes = 64 * 1024 * 1024

const gzip = 1
const snappy = 2
const lz4 = 3
const zstd = 4

/** Decompresses the records of a batch by the codec in its attributes. Throws the codec's errors, or a RangeError above the limit. */
export function decompress(data: Buffer, codec: number, maxOutputLength = maxUnfoldedBytes): Buffer {
  switch (codec) {
    case gzip:
      return gunzipSync(data, { maxOutputLength })
    case snappy:
      assertAtMost(maxOutputLength, snappyBytes(data))
      return compressionsAlgorithms.snappy.decompressSync(data)
    case lz4:
      assertAtMost(maxOutputLength, lz4Bytes(data))
      return compressionsAlgorithms.lz4.decompressSync(data)
    case zstd:
      return zstdDecompressSync(data, { maxOutputLength })
    default:
      throw new RangeError(`There is no codec ${codec}`)
  }
}

function assertAtMost(max: number, bytes: number): void {
  if (bytes > max) throw new RangeError(`The batch would unfold to ${bytes} bytes`)
}

const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeaderBytes = 16

/** The decompressed size that snappy declares, in one block or in the framing of Java's clients and brokers. */
function snappyBytes(data: Buffer): number {
  if (!data.subarray(0, xerial.length).equals(xerial)) return leadingVarint(data)
  let sum = 0
  for (let at = xerialHeaderBytes; at + 4 <= data.length; at += 4 + data.readUInt32BE(at)) {
    sum += leadingVarint(data.subarray(at + 4))
  }
  return sum
}

function leadingVarint(data: Buffer): number {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = data[i] ?? 0
    value += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) break
  }
  return value
}

const lz4Content = 1 << 3
const lz4BlockChecksum = 1 << 4
const lz4Dictionary = 1

/** An upper bound of an LZ4 frame's decompressed size: its blocks at full size (lz4_Frame_format.md). */
function lz4Bytes(data: Buffer): number {
  const flags = data[4] ?? 0
  const blockBytes = 1 << (8 + 2 * (((data[5] ?? 0) >> 4) & 7))
  const trailer = flags & lz4BlockChecksum ? 4 : 0
  let blocks = 0
  let at = 7 + (flags & lz4Content ? 8 : 0) + (flags & lz4Dictionary ? 4 : 0)
  for (let size = blockSize(data, at); size > 0; size = blockSize(data, at)) {
    blocks += 1
    at += 4 + size + trailer
  }
  return blocks * blockBytes
}

/** 0 at the end mark; the highest bit says that a block is not compressed. */
function blockSize(data: Buffer, at: number): number {
  return at + 4 <= data.length ? data.readUInt32LE(at) & 0x7fffffff : 0
}
