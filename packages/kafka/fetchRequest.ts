import { check } from './brokerCodes.ts'
import { errorOfClient } from './connections.ts'
import { type Connection, fetchV12, type Reader } from './platformatic.ts'
import { type ReadBatch, readBatches } from './readBatches.ts'

export interface FetchFrom {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly maxBytes: number
}

interface PartitionData {
  readonly errorCode: number
  readonly data: Buffer | null
}

const fetchKey = 1
const version = 12 // Kafka 2.7 to 4.x
const readUncommitted = 0
const noSession = 0

/**
 * Fetches what is there at an offset, without waiting: whole record batches up to about `maxBytes`, of which the first may
 * begin before the offset. Errors: KafkaError.
 */
export async function fetchBatches(connection: Connection, from: FetchFrom): Promise<ReadBatch[]> {
  const message = `Topic ${from.topic} cannot be read`
  const { errorCode, data } = await new Promise<PartitionData>((resolve, reject) => {
    const done = (error: Error | null, answer: PartitionData | undefined) => {
      if (error) reject(errorOfClient(error, message))
      else resolve(answer as PartitionData)
    }
    connection.send(fetchKey, version, () => encode(from), parse, true, true, done)
  })
  check(errorCode, message, from.topic)
  return data ? readBatches(data) : []
}

function encode({ topic, partition, offset: fetchOffset, maxBytes }: FetchFrom) {
  const limits = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: maxBytes }
  const topics = [{ topicId: topic, partitions: [{ partition, fetchOffset, ...limits }] }] // v12 takes the name
  return fetchV12.createRequest(0, 1, maxBytes, readUncommitted, noSession, -1, topics, [], '')
}

/** The client's own parser reads the records, too, and throws for those that it cannot read. */
function parse(_correlationId: number, _apiKey: number, _apiVersion: number, reader: Reader): PartitionData {
  reader.readInt32() // throttle time
  const errorCode = reader.readInt16()
  reader.readInt32() // session
  const [topic] = reader.readArray((r) => {
    r.readString() // topic
    return r.readArray(readPartition, true, false)
  })
  return topic?.[0] ?? { errorCode: errorCode === 0 ? -1 : errorCode, data: null }
}

function readPartition(reader: Reader): PartitionData {
  reader.readInt32() // partition
  const errorCode = reader.readInt16()
  reader.readInt64() // high watermark, last stable offset, log start
  reader.readInt64()
  reader.readInt64()
  reader.readNullableArray((r) => [r.readInt64(), r.readInt64()]) // aborted transactions
  reader.readInt32() // preferred replica
  const data = reader.readNullableBytes()
  reader.readTaggedFields()
  return { errorCode, data }
}
