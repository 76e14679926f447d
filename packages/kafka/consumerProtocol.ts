import { answerTo } from './connections.ts'
import { KafkaError } from './kafkaError.ts'
import { apiVersionsV3, consumerGroupHeartbeatV1 } from './platformatic.ts'
import type { Session } from './session.ts'

/**
 * Checks that the brokers support the consumer group protocol; older ones would close the connection without an answer. Errors:
 * KafkaError, `unsupported` if they do not.
 */
export async function checkConsumerProtocol({ cluster }: Session): Promise<void> {
  const connection = await cluster.anyConnection()
  const asking = apiVersionsV3.api.async(connection, 'relevo', '1')
  const { apiKeys, finalizedFeatures } = await answerTo(asking, 'The brokers did not say what they know')
  const { key, version } = consumerGroupHeartbeatV1.api
  const known = apiKeys.some(({ apiKey, maxVersion }) => apiKey === key && maxVersion >= version)
  const enabled = finalizedFeatures?.some(({ name, maxVersionLevel }) => {
    return name === 'group.version' && maxVersionLevel >= 1
  })
  if (known && enabled) return
  const remedy = known
    ? 'enable it: kafka-features.sh upgrade --feature group.version=1'
    : 'use Kafka 4.0 or later'
  throw new KafkaError('unsupported', `The brokers do not speak the consumer protocol of groups: ${remedy}`)
}
