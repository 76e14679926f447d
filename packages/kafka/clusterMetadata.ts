import { type Connection, metadataV12, ResponseError } from '@platformatic/kafka'
import type { BrokerAddress } from './config.ts'
import type { Connections } from './connections.ts'
import { errorOfClient } from './connections.ts'
import type { KafkaError } from './kafkaError.ts'

/** What the brokers say of a topic: an error number, or the node that leads each partition (-1: none). */
export interface TopicMetadata {
  readonly errorCode: number
  readonly leaders: readonly number[]
  readonly fetchedAt: number
}

/** The cluster as its brokers describe it, cached until it is asked anew. */
export interface ClusterMetadata {
  /** Asks again for topics that are unknown, failed, or older than `maxAgeMs`. Errors: KafkaError. */
  topics(names: Iterable<string>, maxAgeMs: number): Promise<ReadonlyMap<string, TopicMetadata>>
  /** The broker that leads the partition, as far as is known. */
  leader(topic: string, partition: number): BrokerAddress | undefined
  /** Makes `topics` ask for this one again. */
  forget(topic: string): void
  /** Asks a broker, whatever is cached. */
  refresh(names: readonly string[]): Promise<void>
}

type Response = ReturnType<typeof metadataV12.parseResponse>

export function createClusterMetadata(
  connections: Connections,
  bootstrap: readonly BrokerAddress[],
): ClusterMetadata {
  const known = new Map<string, TopicMetadata>()
  let nodes = new Map<number, BrokerAddress>()

  async function topics(
    names: Iterable<string>,
    maxAgeMs: number,
  ): Promise<ReadonlyMap<string, TopicMetadata>> {
    const oldest = Date.now() - maxAgeMs
    const missing: string[] = []
    for (const name of names) {
      const topic = known.get(name)
      if (topic?.errorCode !== 0 || topic.fetchedAt < oldest) missing.push(name)
    }
    if (missing.length > 0) await refresh(missing)
    return known
  }

  async function refresh(names: readonly string[]): Promise<void> {
    const response = await fetchMetadata(await anyConnection(), names)
    nodes = new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    for (const topic of response.topics) {
      const leaders: number[] = []
      for (const partition of topic.partitions) leaders[partition.partitionIndex] = partition.leaderId
      if (topic.name) known.set(topic.name, { errorCode: topic.errorCode, leaders, fetchedAt: Date.now() })
    }
  }

  /** The first broker that can be reached: those of the configuration, then those discovered. */
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
    return nodes.get(known.get(topic)?.leaders[partition] ?? -1)
  }

  return { topics, refresh, leader, forget: (topic) => known.delete(topic) }
}

async function fetchMetadata(connection: Connection, names: readonly string[]): Promise<Response> {
  try {
    return await metadataV12.api.async(connection, [...names], false, false)
  } catch (error) {
    // The client turns an answer with a failed topic into an error; the other topics are in it all the same.
    if (error instanceof ResponseError) return error.response as Response
    throw errorOfClient(error, 'A broker did not answer with the metadata of the cluster')
  }
}
