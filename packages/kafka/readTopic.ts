import { codeOfBroker } from './brokerCodes.ts'
import { type ClusterMetadata, createClusterMetadata } from './clusterMetadata.ts'
import { type KafkaConfig, parseBroker } from './config.ts'
import { type Connections, createConnections, errorOfClient } from './connections.ts'
import type { ConsumedRecord } from './consumedRecord.ts'
import { KafkaError } from './kafkaError.ts'
import { type Connection, fetchV12, type KafkaRecord, listOffsetsV8 } from './platformatic.ts'

interface Source {
  readonly cluster: ClusterMetadata
  readonly connections: Connections
  readonly topic: string
}

const fetchBytes = 4 * 1024 * 1024
const earliest = -2n
const latest = -1n
const control = 1 << 5

/**
 * Reads the whole topic, partition after partition, from its first record to the ends at the time of the call; uses no
 * group and commits nothing. Breaking out of the loop closes the connection. Errors: KafkaError.
 */
export async function* readTopic(config: KafkaConfig, topic: string): AsyncGenerator<ConsumedRecord, void> {
  const connections = createConnections(config, { connectMs: 3_000, requestMs: 15_000 })
  const cluster = createClusterMetadata(connections, config.brokers.map(parseBroker))
  const source: Source = { cluster, connections, topic }
  try {
    const found = (await cluster.topics([topic], 0)).get(topic)
    const errorCode = found?.errorCode ?? 3
    if (errorCode !== 0) throw refusal(topic, errorCode)
    const partitions = [...(found?.leaders.keys() ?? [])]
    const ends = await Promise.all(partitions.map((partition) => offsetAt(source, partition, latest)))
    for (const partition of partitions) yield* readPartition(source, partition, ends[partition] as bigint)
  } finally {
    connections.destroy()
  }
}

async function* readPartition(
  source: Source,
  partition: number,
  end: bigint,
): AsyncGenerator<ConsumedRecord, void> {
  let next = await offsetAt(source, partition, earliest)
  while (next < end) {
    const { records, after } = await fetchFrom(source, partition, next)
    for (const record of records) if (record.offset >= next && record.offset < end) yield record
    next = after
  }
}

async function offsetAt(source: Source, partition: number, timestamp: bigint): Promise<bigint> {
  const { topic } = source
  const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }]
  const response = await ask(source, partition, (connection) =>
    listOffsetsV8.api.async(connection, -1, 0, [{ name: topic, partitions }]),
  )
  const answer = response.topics[0]?.partitions[0]
  if (answer?.errorCode !== 0) throw refusal(topic, answer?.errorCode ?? -1)
  return answer.offset
}

async function fetchFrom(
  source: Source,
  partition: number,
  fetchOffset: bigint,
): Promise<{ records: ConsumedRecord[]; after: bigint }> {
  const { topic } = source
  const limits = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: fetchBytes }
  const topics = [{ topicId: topic, partitions: [{ partition, fetchOffset, ...limits }] }] // v12 takes the name
  const response = await ask(source, partition, (connection) =>
    fetchV12.api.async(connection, 500, 1, fetchBytes, 0, 0, -1, topics, [], ''),
  )
  const answer = response.responses[0]?.partitions[0]
  if (answer?.errorCode !== 0) throw refusal(topic, answer?.errorCode ?? -1)
  const records: ConsumedRecord[] = []
  let after = fetchOffset
  for (const batch of answer.records ?? []) {
    after = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
    if (batch.attributes & control) continue
    for (const record of batch.records) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta)
      const timestamp = Number(batch.firstTimestamp + record.timestampDelta)
      records.push({ topic, partition, offset, timestamp, ...contentOf(record) })
    }
  }
  return { records, after }
}

async function ask<T>(
  source: Source,
  partition: number,
  request: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { topic, cluster, connections } = source
  const leader = cluster.leader(topic, partition)
  if (!leader) throw refusal(topic, 5)
  try {
    return await request(await connections.to(leader))
  } catch (error) {
    throw errorOfClient(error, `Topic ${topic} cannot be read`)
  }
}

function refusal(topic: string, brokerCode: number): KafkaError {
  return new KafkaError(codeOfBroker(brokerCode), `Topic ${topic} cannot be read: error ${brokerCode}`, {
    topic,
    brokerCode,
  })
}

function contentOf(record: KafkaRecord): Pick<ConsumedRecord, 'key' | 'value' | 'headers'> {
  const headers: Record<string, string> = {}
  for (const [name, value] of record.headers) if (name) headers[name.toString()] = value?.toString() ?? ''
  return { key: record.key?.toString() ?? null, value: record.value, headers }
}
