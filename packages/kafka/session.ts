import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs } from '@relevo/backoff'
import { type ClusterMetadata, createClusterMetadata } from './clusterMetadata.ts'
import { type BrokerAddress, type KafkaConfig, parseBroker } from './config.ts'
import { type Connections, type ConnectionTimeouts, createConnections } from './connections.ts'
import { KafkaError } from './kafkaError.ts'

/** Connections to a cluster, and its metadata. */
export interface Session {
  readonly cluster: ClusterMetadata
  readonly connections: Connections
  /** Known group coordinators, by group id. */
  readonly coordinators: Map<string, BrokerAddress>
}

export function openSession(config: KafkaConfig, timeouts: ConnectionTimeouts): Session {
  const connections = createConnections(config, timeouts)
  const cluster = createClusterMetadata(connections, config.brokers.map(parseBroker))
  return { connections, cluster, coordinators: new Map() }
}

/** Longer than the back-off after a first failure to connect. */
const firstPauseMs = 200
const pauses = { initialMs: 200, maxMs: 1_000 }
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
    await delay(attempt === 1 ? firstPauseMs : backoffMs(attempt, pauses))
  }
}

function mayPass(error: unknown, attempt: number): boolean {
  const code = error instanceof KafkaError ? error.code : undefined
  return code === 'leaderUnavailable' || (attempt === 1 && (code === 'unreachable' || code === 'timeout'))
}
