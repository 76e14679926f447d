import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkKafka, defineConfig, kafkaVariables, loadConfig, string, toKafkaConfig } from '@relevo/kit'
import type { FileEffects, ProofOptions } from '../proof/proveRun.ts'
import type { SystemName } from '../proof/systems.ts'
import { dataDirectory } from '../scripts/dataDirectory.ts'
import { kafkaPort, postgresPort } from '../scripts/portPlan.ts'
import { localPorts } from './localPorts.ts'

const config = defineConfig(
  {
    databaseUrl: string('DATABASE_URL', { doc: "The outbox's database" }),
    effectsDatabaseUrl: string('EFFECTS_DATABASE_URL', { optional: true, doc: "The consumer's, if another" }),
    eventsFile: string('EVENTS_FILE', { doc: 'Where the notifications write' }),
    relayUrl: string('RELAY_URL', { doc: 'Base URL of a relay' }),
    ...kafkaVariables('relevo-proof'),
  },
  checkKafka,
)

type LocalServers = Pick<
  ProofOptions,
  'databaseUrl' | 'effectsDatabaseUrl' | 'relayUrl' | 'kafka' | 'readFiles'
>

/**
 * Where a proof reads: the servers of `npm start`, unless the variables say others.
 * @throws ServiceError `invalidConfig` with everything that is wrong.
 */
export async function localServers(
  system: SystemName,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<LocalServers> {
  const directory = await dataDirectory()
  const values = loadConfig(config, {
    ...environment,
    DATABASE_URL: environment.DATABASE_URL || startedDatabase(directory, system),
    KAFKA_BROKERS: environment.KAFKA_BROKERS || `127.0.0.1:${kafkaPort}`,
    EVENTS_FILE: environment.EVENTS_FILE || join(directory, 'data/events.jsonl'),
    RELAY_URL: environment.RELAY_URL || `http://localhost:${localPorts[system].relay}`,
  })
  const { databaseUrl, effectsDatabaseUrl = databaseUrl, relayUrl, eventsFile } = values
  const readFiles = async () => readEventsFile(eventsFile)
  return { databaseUrl, effectsDatabaseUrl, relayUrl, kafka: toKafkaConfig(values), readFiles }
}

/** The database that `npm start` has made; undefined when it has not run here. */
function startedDatabase(directory: string, system: SystemName): string | undefined {
  try {
    const password = readFileSync(join(directory, 'postgres', 'password'), 'utf8').trim()
    return `postgres://postgres:${password}@127.0.0.1:${postgresPort}/${system}`
  } catch {
    return undefined
  }
}

function readEventsFile(path: string): FileEffects {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return { events: lines.map((line) => (JSON.parse(line) as { id: string }).id), files: 1 }
}
