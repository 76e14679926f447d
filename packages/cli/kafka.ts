import type { KafkaConfig } from '@relevo/kafka'
import {
  checkKafka,
  defineConfig,
  kafkaVariables,
  loadConfig,
  ServiceError,
  toKafkaConfig,
} from '@relevo/kit'
import { type Environment, UsageError } from './command.ts'
import { runningStart } from './runningStart.ts'

const spec = defineConfig(kafkaVariables('relevo-cli'), checkKafka)

/** How to reach the Kafka of KAFKA_BROKERS, or of the npm start that runs in this folder. @throws UsageError */
export function kafkaOf(environment: Environment): KafkaConfig {
  const brokers = environment.KAFKA_BROKERS || runningStart(environment)?.brokers.join(',')
  if (!brokers)
    throw new UsageError('Which Kafka? Set KAFKA_BROKERS, or run this in the folder of a running npm start.')
  try {
    return toKafkaConfig(loadConfig(spec, { ...environment, KAFKA_BROKERS: brokers }))
  } catch (error) {
    if (error instanceof ServiceError) throw new UsageError(error.message)
    throw error
  }
}
