import type { Registry } from 'prom-client'
import { type KafkaSettings, toKafkaConfig } from '../../config/kafkaVariables.ts'
import type { Values } from '../../config/loadConfig.ts'
import type { Logger } from '../../process/logger.ts'
import type { Identities } from './identities.ts'
import type { identityVariables } from './identityVariables.ts'
import { RevocationFeed } from './revocationFeed.ts'

interface Host {
  readonly name: string
  readonly logger: Logger
  readonly registry: Registry
  readonly signal: AbortSignal
  onStop(part: string, stop: () => void | Promise<void>): void
}

/** Has a service that asks for tokens hear of users who get no access any more. */
export function hearRevocations(
  settings: Values<typeof identityVariables>,
  { required, revocations }: Pick<Identities, 'required' | 'revocations'>,
  { name, logger, registry, signal, onStop }: Host,
): void {
  if (!required) return
  const { kafkaBrokers: brokers, revocationTopics: topics } = settings
  if (brokers === undefined) {
    logger.warn(
      {},
      'KAFKA_BROKERS is not set: access tokens of users who are disabled or erased are let in until they expire',
    )
    return
  }
  const config = toKafkaConfig({ ...settings, kafkaBrokers: brokers })
  const kafka: KafkaSettings = { ...config, clientId: `${config.clientId}-${name}-revocations` }
  const running = new RevocationFeed({ kafka, topics, revocations, logger, registry, signal }).run()
  onStop('revocations', () => running)
}
