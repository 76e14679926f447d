import type { BrokerAddress } from './config.ts'
import { answerTo, type Connections, errorOfClient } from './connections.ts'
import type { KafkaError } from './kafkaError.ts'
import { type Connection, metadataV12 } from './platformatic.ts'

/** The brokers' answer about a topic: an error number, or the node that leads each partition (-1: none). */
export interface TopicMetadata {
  readonly errorCode: number
  /** Kafka's id of the topic, which no other topic has or had. */
  readonly id: string
  readonly leaders: readonly number[]
  readonly fetchedAt: number
}

export type MetadataAnswer = ReturnType<typeof metadataV12.parseResponse>

/** The cluster as described by its brokers, cached until refreshed. */
export interface ClusterMetadata {
  /** The cached metadata of topics, unless one is unknown, failed, or older than `maxAgeMs`. */
  known(names: Iterable<string>, maxAgeMs: number): ReadonlyMap<string, TopicMetadata> | undefined
  /** The last known metadata of a topic, however old. */
  cached(name: string): TopicMetadata | undefined
  /** Refreshes topics that are unknown, failed, or older than `maxAgeMs`. Errors: KafkaError. */
  topics(names: Iterable<string>, maxAgeMs: number): Promise<ReadonlyMap<string, TopicMetadata>>
  /** The broker that leads the partition, if known. */
  leader(topic: string, partition: number): BrokerAddress | undefined
  /** Makes `topics` refresh this one. */
  forget(topic: string): void
  /** Asks a broker, bypassing the cache; null asks for all topics. Errors: KafkaError. */
  refresh(names: readonly string[] | null): Promise<MetadataAnswer>
  /** A connection to the first broker that can be reached. Errors: KafkaError. */
  anyConnection(): Promise<Connection>
}

export function createClusterMetadata(
  connections: Connections,
  bootstrap: readonly BrokerAddress[],
): ClusterMetadata {
  const cached = new Map<string, TopicMetadata>()
  let nodes = new Map<number, BrokerAddress>()

  function missing(names: Iterable<string>, maxAgeMs: number): string[] {
    const oldest = Date.now() - maxAgeMs
    return [...names].filter((name) => {
      const topic = cached.get(name)
      return topic?.errorCode !== 0 || topic.fetchedAt < oldest
    })
  }

  async function topics(
    names: Iterable<string>,
    maxAgeMs: number,
  ): Promise<ReadonlyMap<string, TopicMetadata>> {
    const unknown = missing(names, maxAgeMs)
    if (unknown.length > 0) await refresh(unknown)
    return cached
  }

  async function refresh(names: readonly string[] | null): Promise<MetadataAnswer> {
    const response = await fetchMetadata(await anyConnection(), names)
    nodes = new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    for (const topic of response.topics) {
      const leaders: number[] = []
      for (const partition of topic.partitions) leaders[partition.partitionIndex] = partition.leaderId
      const { name, errorCode, topicId: id } = topic
      if (name) cached.set(name, { errorCode, id, leaders, fetchedAt: Date.now() })
    }
    return response
  }

  /** Configured brokers are tried first, then discovered ones. */
  async function anyConnection(): Promise<Connection> {
    let failure: KafkaError | undefined
    for (const broker of [...bootstrap, ...nodes.values()]) {
      try {
        return await connections.to(broker)
      } catch (error) {
        failure ??= errorOfClient(error, 'No broker can be reached')
      }
    }
    throw failure ?? errorOfClient(undefined, 'No broker is configured')
  }

  function leader(topic: string, partition: number): BrokerAddress | undefined {
    return nodes.get(cached.get(topic)?.leaders[partition] ?? -1)
  }

  return {
    cached: (name) => cached.get(name),
    known: (names, maxAgeMs) => (missing(names, maxAgeMs).length === 0 ? cached : undefined),
    topics,
    refresh,
    anyConnection,
    leader,
    forget: (topic) => cached.delete(topic),
  }
}

/** Asks this very broker for topics, or for all of them. Errors: KafkaError. */
export function fetchMetadata(
  connection: Connection,
  names: readonly string[] | null,
): Promise<MetadataAnswer> {
  return answerTo(
    metadataV12.api.async(connection, names && [...names], false, false),
    'A broker did not answer with the metadata of the cluster',
  )
}
