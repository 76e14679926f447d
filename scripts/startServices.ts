import { join } from 'node:path'
import {
  databaseVariables,
  gatewayServices,
  monitoredKafka,
  monitoredServices,
  operatedServices,
  type Part,
  urlVariable,
} from '../systems/parts.ts'
import type { System } from '../systems/system.ts'
import { root } from './dataDirectory.ts'
import { nodeFlags } from './nodeFlags.ts'
import type { PlannedService } from './portPlan.ts'
import { runMigrations } from './runMigrations.ts'
import type { KafkaServer, PostgresServer } from './servers.ts'
import { type SupervisedService, supervise } from './supervisor.ts'

export interface StartServicesOptions {
  system: System
  /** Of every system that is started. */
  planned: readonly PlannedService[]
  systems: readonly System[]
  postgres: PostgresServer
  kafka: KafkaServer
  /** Where the files of services go. */
  dataDirectory: string
  logDirectory: string
  environment: Record<string, string | undefined>
  print(line: string): void
  signal: AbortSignal
}

/** Migrates the databases of a system and starts its services, which the caller stops. */
export async function startServices(options: StartServicesOptions): Promise<SupervisedService[]> {
  const { system, print, signal } = options
  const variables = { ...options.environment, KAFKA_BROKERS: options.kafka.brokers.join(',') }
  const urls = new Map<string, string>()
  for (const database of system.databases) {
    const url = await options.postgres.databaseUrl(database.name)
    urls.set(database.name, url)
    await runMigrations(database, { ...variables, DATABASE_URL: url }, signal)
  }
  if (signal.aborted) return []
  const own = options.planned.filter((service) => service.system === system.name)
  return own.map((service) => {
    const directory = join(root, 'services', service.folder)
    return supervise({
      name: service.name,
      file: join(directory, 'main.ts'),
      nodeFlags: nodeFlags(directory),
      variables: {
        ...variables,
        DATABASE_URL: undefined, // of whoever starts it
        ...databaseVariables(service, (name) => urls.get(name) ?? ''),
        ...service.variables,
        ...filesOf(service, options.dataDirectory),
        ...urlsOf(service, options.planned),
        ...(service.monitors && monitorVariables(options)),
        ...(service.gateway && gatewayVariables(options)),
        ...(service.operates && { OPERATED_SERVICES: operatedServices(options.planned, urlIn(options)) }),
        PORT: String(service.port),
      },
      logFile: logFileOf(options.logDirectory, service.name),
      print,
    })
  })
}

/** Where the services are that it asks, and the keys of access tokens. */
function urlsOf({ calls = [] }: Part, planned: readonly PlannedService[]): Record<string, string> {
  const ports = new Map(planned.map(({ name, port }) => [name, port]))
  const urlOf = (name: string) => `http://127.0.0.1:${ports.get(name)}`
  // Every service verifies the tokens that it is sent.
  const keys = ports.has('users') ? { AUTH_JWKS_URL: `${urlOf('users')}/.well-known/jwks.json` } : {}
  return { ...keys, ...Object.fromEntries(calls.map((name) => [urlVariable(name), urlOf(name)])) }
}

/** What the monitor watches. */
function monitorVariables(options: StartServicesOptions): Record<string, string> {
  return {
    MONITORED_SERVICES: monitoredServices(options.planned, urlIn(options)),
    MONITORED_KAFKA: monitoredKafka(options.systems),
  }
}

/** What the gateway passes requests on to. */
function gatewayVariables(options: StartServicesOptions): Record<string, string> {
  return { GATEWAY_SERVICES: gatewayServices(options.systems, urlIn(options)) }
}

function urlIn({ planned }: Pick<StartServicesOptions, 'planned'>): (name: string) => string {
  const ports = new Map(planned.map(({ name, port }) => [name, port]))
  return (name) => `http://127.0.0.1:${ports.get(name)}`
}

/** The files of a service by their variables. */
export function filesOf({ files }: Pick<Part, 'files'>, dataDirectory: string): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, path]) => [name, join(dataDirectory, path)]))
}

/** Where the output of a service goes. */
export function logFileOf(logDirectory: string, service: string): string {
  return join(logDirectory, `${service}.log`)
}
