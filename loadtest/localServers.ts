import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkKafka, defineConfig, kafkaVariables, loadConfig, string, toKafkaConfig } from '@relevo/kit'
import type { FileEffects, FlowPlace } from '../proof/proveFlow.ts'
import { CommandError } from '../scripts/commandLine.ts'
import { dataDirectory } from '../scripts/dataDirectory.ts'
import { kafkaPort, postgresPort } from '../scripts/portPlan.ts'
import { type SystemName, systems } from '../systems/index.ts'
import { auditUrl, effectsOf, outboxOf, relayOf } from '../systems/parts.ts'
import type { Flow, System } from '../systems/system.ts'
import { localUrls } from './loadTarget.ts'

const config = defineConfig(
  {
    databaseUrl: string('DATABASE_URL', { optional: true, doc: "The outbox's database" }),
    effectsDatabaseUrl: string('EFFECTS_DATABASE_URL', { optional: true, doc: "The consumer's, if another" }),
    ...kafkaVariables('relevo-proof'),
  },
  checkKafka,
)

/**
 * Where a proof reads the flows of a system: the servers of `npm start`, unless the variables say others.
 * @throws ServiceError `invalidConfig` with everything that is wrong.
 */
export async function localServers(
  name: SystemName,
  portOffset: number,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<FlowPlace[]> {
  const directory = await dataDirectory()
  const values = loadConfig(config, {
    ...environment,
    KAFKA_BROKERS: environment.KAFKA_BROKERS || `127.0.0.1:${kafkaPort + portOffset}`,
  })
  const system: System = systems[name]
  const urls = localUrls(name, portOffset, environment)
  const started = (database: string) => startedDatabase(directory, portOffset, database)
  return system.flows.map((flow) => {
    const outbox = outboxOf(system, flow.topic)
    const relay = relayOf(system, outbox)
    const relayUrl = urls[relay.name]
    const own = effectsOf(system, flow)
    const databaseUrl = values.databaseUrl ?? started(outbox)
    return {
      flow,
      kafka: toKafkaConfig(values),
      databaseUrl,
      effectsDatabaseUrl: values.effectsDatabaseUrl ?? values.databaseUrl ?? started(own),
      auditUrl: relayUrl && auditUrl(relay, outbox, relayUrl),
      readFiles: async () => readEventsFile(eventsFile(flow, directory, environment)),
    }
  })
}

/** A database that `npm start` has made. @throws CommandError `cannotRun` when it has not. */
export async function localDatabase(database: string, portOffset: number): Promise<string> {
  return startedDatabase(await dataDirectory(), portOffset, database)
}

function startedDatabase(directory: string, portOffset: number, database: string): string {
  const file = join(directory, 'postgres', 'password')
  try {
    const password = readFileSync(file, 'utf8').trim()
    return `postgres://postgres:${password}@127.0.0.1:${postgresPort + portOffset}/${database}`
  } catch (cause) {
    const hint = 'Start the systems with npm start, or set DATABASE_URL'
    throw new CommandError('cannotRun', `There is no Postgres of npm start here (no ${file}). ${hint}.`, {
      cause,
    })
  }
}

function eventsFile(
  { effects: { list } }: Flow,
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (typeof list === 'string') throw new Error('The effects of this flow are in no file.')
  return environment[list.variable] || join(directory, list.path)
}

function readEventsFile(path: string): FileEffects {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return { events: lines.map((line) => (JSON.parse(line) as { id: string }).id), files: 1 }
}
