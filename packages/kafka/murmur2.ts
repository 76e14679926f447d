const seed = 0x9747b28c
const m = 0x5bd1e995

/**
 * Murmur2 of the bytes as a signed 32-bit number, as Kafka's Java client computes it
 * (org.apache.kafka.common.utils.Utils.murmur2).
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  let h = seed ^ length
  let i = 0
  for (; i + 4 <= length; i += 4) {
    let k =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const rest = length - i
  if (rest === 3) h ^= (bytes[i + 2] as number) << 16
  if (rest >= 2) h ^= (bytes[i + 1] as number) << 8
  if (rest >= 1) h = Math.imul(h ^ (bytes[i] as number), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  h ^= h >>> 15
  return h | 0
}

/** The partition that Kafka's default partitioner gives a record with this key. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
}
