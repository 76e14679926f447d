import { join } from 'node:path'
import {
  EmbeddedError,
  ensureDatabase,
  isDockerRunning,
  startDockerKafka,
  startKafka,
  startPostgres,
  startValkey,
} from '@relevo/embedded'
import { dockerName } from './dataDirectory.ts'
import { postgresAddress, requireReachable } from './reachable.ts'
import { superviseServer } from './supervisedServer.ts'

/** A server that the services use, whether it was started here or exists elsewhere. */
export interface PostgresServer {
  /** A database of a system, created when it is missing. */
  databaseUrl(name: string): Promise<string>
  /** The address of that database, to show a person. */
  locationOf(name: string): string
  stop(): Promise<void>
  /** Resolves with a report when it has ended by itself and does not come back. */
  ended: Promise<string>
}

export interface KafkaServer {
  brokers: string[]
  /** Its address, to show a person. */
  location: string
  stop(): Promise<void>
  ended: Promise<string>
}

/** What services cache in; they do without it. */
export interface ValkeyServer {
  url: string
  /** Its address, to show a person. */
  location: string
  stop(): Promise<void>
  ended: Promise<string>
}

export interface ServerOptions {
  directory: string
  port: number
  /** The address of an existing server (DATABASE_URL, KAFKA_BROKERS, REDIS_URL), which is used instead. */
  existing: string | undefined
  print(line: string): void
}

const never = new Promise<string>(() => undefined)
const nothing = async () => undefined

/**
 * A worker of autovacuum begins every 60 s divided by the number of databases by default, of which there are fifteen, and takes as much as
 * all idle connections together.
 */
const idlePostgres = { autovacuum_naptime: '5min' }

/** The Postgres of DATABASE_URL, or an embedded one. */
export async function providePostgres(
  options: ServerOptions & { oneDatabase: boolean },
): Promise<PostgresServer> {
  const { existing, port, print } = options
  if (existing) {
    await requireReachable('DATABASE_URL', [postgresAddress(existing)])
    return existingPostgres(existing, options.oneDatabase)
  }
  const started = performance.now()
  const start = () =>
    startPostgres({ directory: join(options.directory, 'postgres'), port, settings: idlePostgres })
  const { first, gaveUp, stop } = await superviseServer('Postgres', start, print)
  print(`Postgres is up (${secondsSince(started)}).`)
  return {
    databaseUrl: (name) => ensureDatabase(first.url, name),
    locationOf: (name) => new URL(`/${name}`, first.url).href,
    stop,
    ended: gaveUp,
  }
}

/** What has a single outbox can share the database as it is; else there is one for each name on that server. */
function existingPostgres(url: string, oneDatabase: boolean): PostgresServer {
  const locationOf = (name: string) => {
    const shown = new URL(url)
    shown.password = ''
    if (!oneDatabase) shown.pathname = `/${name}`
    return `${shown.href} (yours)`
  }
  return {
    databaseUrl: async (name) => (oneDatabase ? url : ensureDatabase(url, name)),
    locationOf,
    stop: nothing,
    ended: never,
  }
}

/**
 * Of what a broker and its consumers do with nothing to carry: no other member waits here to take partitions over, and no other broker
 * to lead. After a crash it serves again a second later than by the settings of tests.
 */
const idleKafka = {
  'broker.heartbeat.interval.ms': '1000',
  'broker.session.timeout.ms': '3000',
  'group.consumer.heartbeat.interval.ms': '1500',
  'metadata.max.idle.interval.ms': '5000',
}

/** The Kafka of KAFKA_BROKERS, or an embedded one, or one in Docker where Java or Maven is missing. */
export async function provideKafka(options: ServerOptions): Promise<KafkaServer> {
  const { existing, port, print } = options
  if (existing) {
    await requireReachable('KAFKA_BROKERS', existing.split(','))
    return { brokers: existing.split(','), location: `${existing} (yours)`, stop: nothing, ended: never }
  }
  const started = performance.now()
  try {
    const directory = join(options.directory, 'kafka')
    const start = () => startKafka({ directory, port, settings: idleKafka, onProgress: print })
    const { first, gaveUp, stop } = await superviseServer('Kafka', start, print)
    print(`Kafka is up (${secondsSince(started)}).`)
    return { brokers: first.brokers, location: first.brokers.join(','), stop, ended: gaveUp }
  } catch (error) {
    if (!isJavaProblem(error) || !(await isDockerRunning())) throw error
    print(`${error.message.split(/(?<=\.) /)[0]} Starting Kafka in Docker instead …`)
  }
  const container = await startDockerKafka({ name: dockerName(options.directory), port })
  print(`Kafka is up in Docker (${secondsSince(started)}).`)
  return {
    brokers: container.brokers,
    location: container.brokers.join(','),
    stop: container.stop,
    ended: never,
  }
}

/** The Valkey of REDIS_URL, or an embedded one; undefined, with a line that says so, where there is no program of it. */
export async function provideValkey(options: ServerOptions): Promise<ValkeyServer | undefined> {
  const { existing, port, print } = options
  if (existing) return existingValkey(existing)
  const started = performance.now()
  try {
    const start = () => startValkey({ directory: join(options.directory, 'valkey'), port, onProgress: print })
    const { first, gaveUp, stop } = await superviseServer('Valkey', start, print)
    print(`Valkey is up (${secondsSince(started)}).`)
    return { url: first.url, location: first.url, stop, ended: gaveUp }
  } catch (error) {
    if (!isMissing(error)) throw error
    print(`Without a cache of recent events: ${error.message}`)
    return undefined
  }
}

/** Whether it is there makes no difference to the services. */
function existingValkey(url: string): ValkeyServer {
  const shown = URL.canParse(url) ? new URL(url) : undefined
  if (shown) shown.password = ''
  return { url, location: `${shown?.href ?? url} (yours)`, stop: nothing, ended: never }
}

function isMissing(error: unknown): error is EmbeddedError {
  return error instanceof EmbeddedError && ['valkey_missing', 'fetch_failed'].includes(error.code)
}

function isJavaProblem(error: unknown): error is EmbeddedError {
  const codes: unknown[] = ['java_missing', 'java_unsupported', 'maven_missing']
  return error instanceof EmbeddedError && codes.includes(error.code)
}

function secondsSince(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`
}
