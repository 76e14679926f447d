import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KafkaConfig } from '@relevo/kafka'
import { checkKafka, defineConfig, kafkaVariables, loadConfig, string, toKafkaConfig } from '@relevo/service'
import { dataDirectory } from '../scripts/dataDirectory.ts'
import { kafkaPort, postgresPort } from '../scripts/portPlan.ts'

const config = defineConfig(
  {
    databaseUrl: string('DATABASE_URL', { doc: 'The database of the messages system' }),
    relayUrl: string('RELAY_URL', { default: 'http://localhost:3002', doc: 'Base URL of a relay' }),
    ...kafkaVariables('relevo-proof'),
  },
  checkKafka,
)

/**
 * Where a proof reads: the servers of `npm start`, unless the variables say others.
 * @throws ServiceError `invalidConfig` with everything that is wrong.
 */
export async function localServers(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ databaseUrl: string; relayUrl: string; kafka: KafkaConfig }> {
  const values = loadConfig(config, {
    ...environment,
    DATABASE_URL: environment.DATABASE_URL || (await startedDatabase()),
    KAFKA_BROKERS: environment.KAFKA_BROKERS || `127.0.0.1:${kafkaPort}`,
  })
  return { databaseUrl: values.databaseUrl, relayUrl: values.relayUrl, kafka: toKafkaConfig(values) }
}

/** The database that `npm start` has made; undefined when it has not run here. */
async function startedDatabase(): Promise<string | undefined> {
  const passwordFile = join(await dataDirectory(), 'postgres', 'password')
  try {
    const password = readFileSync(passwordFile, 'utf8').trim()
    return `postgres://postgres:${password}@127.0.0.1:${postgresPort}/messages`
  } catch {
    return undefined
  }
}
