import { createHash } from 'node:crypto'
import type { ConsumedRecord } from '@relevo/kafka'

/**
 * Tells the records of a topic apart that become dead letters. An event has the same digest at each delivery. A record
 * without an id is known by its place and time, since a topic that is recreated has its offsets again.
 */
export function digestRecord(record: ConsumedRecord, hasId: boolean): Buffer {
  const { key, value, headers, partition, offset, timestamp } = record
  const place = hasId ? [] : [partition, String(offset), timestamp]
  const hash = createHash('sha256')
  hash.update(JSON.stringify([key, headers, value === null, ...place]))
  if (value) hash.update(value)
  return hash.digest()
}
