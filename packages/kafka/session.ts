import { setTimeout as delay } from 'node:timers/promises'
import { type ClusterMetadata, createClusterMetadata } from './clusterMetadata.ts'
import { type KafkaConfig, parseBroker } from './config.ts'
import { type Connections, type ConnectionTimeouts, createConnections } from './connections.ts'
import { KafkaError } from './kafkaError.ts'

/** Connections to a cluster, and its metadata. */
export interface Session {
  readonly cluster: ClusterMetadata
  readonly connections: Connections
}

export function openSession(config: KafkaConfig, timeouts: ConnectionTimeouts): Session {
  const connections = createConnections(config, timeouts)
  return { connections, cluster: createClusterMetadata(connections, config.brokers.map(parseBroker)) }
}

const pauseMs = 200
const budgetMs = 5_000

/**
 * Retries work that fails while a leader is being elected, for 5 s, and once if it fails on the way, since an idle connection may
 * have broken. Errors: the last one.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + budgetMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!mayPass(error, attempt) || performance.now() > deadline) throw error
    }
    await delay(pauseMs)
  }
}

function mayPass(error: unknown, attempt: number): boolean {
  const code = error instanceof KafkaError ? error.code : undefined
  return code === 'leaderUnavailable' || (attempt === 1 && (code === 'unreachable' || code === 'timeout'))
}
