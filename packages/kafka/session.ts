import { setTimeout as delay } from 'node:timers/promises'
import { type ClusterMetadata, createClusterMetadata } from './clusterMetadata.ts'
import { type KafkaConfig, parseBroker } from './config.ts'
import { type Connections, type ConnectionTimeouts, createConnections } from './connections.ts'
import { KafkaError, type KafkaErrorCode } from './kafkaError.ts'

/** Connections to a cluster with what is known of it. */
export interface Session {
  readonly cluster: ClusterMetadata
  readonly connections: Connections
}

export function openSession(config: KafkaConfig, timeouts: ConnectionTimeouts): Session {
  const connections = createConnections(config, timeouts)
  return { connections, cluster: createClusterMetadata(connections, config.brokers.map(parseBroker)) }
}

const passing: ReadonlySet<KafkaErrorCode> = new Set(['unreachable', 'timeout', 'leaderUnavailable'])
const pauseMs = 200
const budgetMs = 5_000

/** Repeats what fails for a reason that passes, such as a leader being elected, for 5 s. Errors: the last one. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + budgetMs; ; ) {
    try {
      return await work()
    } catch (error) {
      const passes = error instanceof KafkaError && passing.has(error.code)
      if (!passes || performance.now() > deadline) throw error
    }
    await delay(pauseMs)
  }
}
