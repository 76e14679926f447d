import { fetchMetadata } from './clusterMetadata.ts'
import type { BrokerAddress } from './config.ts'
import { KafkaError } from './kafkaError.ts'
import type { Connection } from './platformatic.ts'

/** The cluster that connections must lead to, once it is set. */
export interface ExpectedCluster {
  /** @returns whether it differs from the previous one. */
  set(clusterId: string): boolean
  /** Asks the broker for its cluster. Errors: KafkaError `otherCluster`. */
  verify(connection: Connection, broker: BrokerAddress): Promise<void>
}

export function createExpectedCluster(): ExpectedCluster {
  let expected: string | undefined
  return {
    set(clusterId) {
      const isOther = clusterId !== expected
      expected = clusterId
      return isOther
    },
    async verify(connection, { host, port }) {
      if (expected === undefined) return
      const { clusterId } = await fetchMetadata(connection, [])
      if (!clusterId || clusterId === expected) return
      const message = `Broker ${host}:${port} is of the Kafka cluster ${clusterId}, and not of ${expected}`
      throw new KafkaError('otherCluster', message)
    },
  }
}
