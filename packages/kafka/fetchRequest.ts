import { check } from './brokerCodes.ts'
import { errorOfClient } from './connections.ts'
import { type Connection, fetchV13, type Reader } from './platformatic.ts'
import { type ReadBatch, readBatches } from './readBatches.ts'
import type { AbortedTransaction } from './visibleRecords.ts'

export interface FetchFrom {
  /** Kafka's id of the topic, so that a recreated topic of the same name is not read. */
  readonly topicId: string
  readonly partition: number
  readonly offset: bigint
  /** About. */
  readonly maxBytes: number
}

export interface FetchOptions {
  /** Bytes of the whole answer, about. */
  readonly maxBytes: number
  /** How long the broker waits for the first record. */
  readonly waitMs: number
  /** Only up to the first open transaction, and reports aborted ones; default: everything. */
  readonly committed?: boolean
}

export interface Fetched {
  readonly topicId: string
  readonly partition: number
  /** Kafka's error number; 0: none. */
  readonly errorCode: number
  readonly aborted: readonly AbortedTransaction[]
  /** Whole ones, of which the first may begin before the offset. */
  readonly batches: readonly ReadBatch[]
  readonly bytes: number
}

interface FetchAnswer {
  readonly errorCode: number
  readonly partitions: readonly Fetched[]
}

const fetchKey = 1
const version = 13 // Kafka 3.1 to 4.x
const noSession = 0

/** Fetches what there is at some offsets of partitions that the broker leads. Errors: KafkaError. */
export async function fetchBatches(
  connection: Connection,
  places: readonly FetchFrom[],
  options: FetchOptions,
): Promise<readonly Fetched[]> {
  const message = 'Records cannot be fetched'
  const { errorCode, partitions } = await new Promise<FetchAnswer>((resolve, reject) => {
    const done = (error: Error | null, answer: FetchAnswer | undefined) => {
      if (error) reject(errorOfClient(error, message))
      else resolve(answer as FetchAnswer)
    }
    connection.send(fetchKey, version, () => encode(places, options), parse, true, true, done)
  })
  check(errorCode, message)
  return partitions
}

function encode(places: readonly FetchFrom[], options: FetchOptions) {
  const epochs = { currentLeaderEpoch: -1, lastFetchedEpoch: -1 }
  const topics = [...Map.groupBy(places, ({ topicId }) => topicId)].map(([topicId, ofTopic]) => ({
    topicId,
    partitions: ofTopic.map(({ partition, offset: fetchOffset, maxBytes: partitionMaxBytes }) => {
      return { partition, fetchOffset, partitionMaxBytes, ...epochs }
    }),
  }))
  const isolation = options.committed ? 1 : 0
  return fetchV13.createRequest(options.waitMs, 1, options.maxBytes, isolation, noSession, -1, topics, [], '')
}

/** The client's own parser reads the records, too, and throws for those that it cannot read. */
function parse(_correlationId: number, _apiKey: number, _apiVersion: number, reader: Reader): FetchAnswer {
  reader.readInt32() // throttle time
  const errorCode = reader.readInt16()
  reader.readInt32() // session
  const topics = reader.readArray((r) => {
    const topicId = r.readUUID()
    return r.readArray((partition) => readPartition(partition, topicId), true, false)
  })
  return { errorCode, partitions: topics.flat() }
}

function readPartition(reader: Reader, topicId: string): Fetched {
  const partition = reader.readInt32()
  const errorCode = reader.readInt16()
  reader.readInt64() // high watermark, last stable offset, log start
  reader.readInt64()
  reader.readInt64()
  const aborted = reader.readNullableArray((r) => {
    return { producerId: r.readInt64(), firstOffset: r.readInt64() }
  })
  reader.readInt32() // preferred replica
  const data = reader.readNullableBytes()
  reader.readTaggedFields()
  const batches = data ? readBatches(data) : []
  return { topicId, partition, errorCode, aborted: aborted ?? [], batches, bytes: data?.length ?? 0 }
}
