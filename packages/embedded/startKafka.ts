import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { useArchive } from './classArchive.ts'
import { claimDirectory } from './directoryClaim.ts'
import { EmbeddedError } from './embeddedError.ts'
import { readEnvironment } from './environment.ts'
import { formatKafka } from './formatKafka.ts'
import { claimPort, freePort } from './freePort.ts'
import { waitForGroups } from './groupCoordinator.ts'
import { findJava } from './java.ts'
import { kafkaSettings, kafkaStartedLine, renderLogging, renderProperties } from './kafkaConfig.ts'
import { findKafkaJars } from './kafkaJars.ts'
import { lastLines, type ServerProcess, startServerProcess } from './serverProcess.ts'
import { waitUntil } from './waitUntil.ts'

const startBudgetMs = 90_000

export interface StartKafkaOptions {
  /** Holds the data, the configuration and the log; created when missing, and used again by the next start. */
  directory: string
  /** Default: a free one. */
  port?: number
  /** Broker settings, by their names in server.properties. */
  settings?: Record<string, string>
  /** Makes this the node with that number (2 or above) of a cluster that runs, whose controller may be reached through another port. */
  joins?: { cluster: EmbeddedKafka; nodeId: number; controllerPort?: number }
  /** Gets a sentence now and then while Kafka is fetched for the first time. */
  onProgress?: (message: string) => void
  /** Java flags instead of the one that uses the class archive. */
  javaFlags?: readonly string[]
}

/** A running Kafka; `stop` it, or it stops with this process. Start again on the same directory to restart it. */
export interface EmbeddedKafka extends ServerProcess {
  readonly brokers: string[]
  readonly port: number
  readonly controllerPort: number
  readonly clusterId: string
  readonly logFile: string
}

/**
 * Starts Apache Kafka, a KRaft node on the loopback address, and resolves once it serves, groups included. The first start of a user
 * fetches it by Maven. Throws an EmbeddedError when it cannot; after the fetch a start takes 90 s at most.
 */
export async function startKafka(options: StartKafkaOptions): Promise<EmbeddedKafka> {
  const directory = resolve(options.directory)
  mkdirSync(directory, { recursive: true })
  await claimDirectory(directory)
  const java = await findJava()
  const libraries = await findKafkaJars(options.onProgress ?? (() => undefined))
  const port = await claimPort(options.port, 'Kafka')
  const { joins } = options
  const controllerPort = joins?.controllerPort ?? joins?.cluster.controllerPort ?? (await freePort())
  const javaFlags = options.javaFlags ?? useArchive(java, libraries)
  const javaArguments = configure(directory, libraries, { ...options, javaFlags, port, controllerPort })
  await formatKafka({
    directory,
    java: java.program,
    javaArguments,
    javaVariables: javaVariables(),
    libraries,
    clusterId: joins?.cluster.clusterId,
  })

  const logFile = join(directory, 'kafka.log')
  const server = startServerProcess({
    command: java.program,
    args: [...javaArguments, 'kafka.Kafka', 'server.properties'],
    directory,
    workingDirectory: directory,
    port,
    logFile,
    stopSignal: 'SIGTERM',
    variables: javaVariables(),
  })
  await ready(server, logFile, () => (joins ? true : waitForGroups(port, startBudgetMs)))
  const clusterId = readClusterId(directory)
  return { ...server, brokers: [`127.0.0.1:${port}`], port, controllerPort, clusterId, logFile }
}

interface Ports extends Pick<StartKafkaOptions, 'joins' | 'settings'> {
  port: number
  controllerPort: number
  javaFlags: readonly string[]
}

function configure(
  directory: string,
  libraries: string,
  { port, controllerPort, joins, settings = {}, javaFlags }: Ports,
): string[] {
  // Everything is named relative to the working directory: lists of directories are split at commas, properties files
  // hold no characters beyond Latin-1, and a log4j configuration is named by a URI.
  const properties = kafkaSettings({
    port,
    controllerPort,
    dataDirectory: 'data',
    settings,
    ...(joins && { joinsAs: joins.nodeId }),
  })
  writeFileSync(join(directory, 'server.properties'), renderProperties(properties))
  writeFileSync(join(directory, 'log4j2.properties'), renderLogging())
  return [
    '-cp',
    join(libraries, '*'),
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    ...javaFlags,
    '-Djava.awt.headless=true',
    '-Dlog4j2.configurationFile=log4j2.properties',
    `-Drelevo.directory=${directory}`,
  ]
}

// Java reads file names in the character set of the locale, and takes a missing one for ASCII.
function javaVariables(): Record<string, string | undefined> {
  return { ...readEnvironment().variables, LC_ALL: 'C.UTF-8' }
}

function readClusterId(directory: string): string {
  const properties = readFileSync(join(directory, 'data', 'meta.properties'), 'utf8')
  return /^cluster\.id=(.*)$/m.exec(properties)?.[1] ?? ''
}

async function ready(
  server: ServerProcess,
  logFile: string,
  serves: () => boolean | Promise<boolean>,
): Promise<void> {
  const isReady = () => readFileSync(logFile, 'utf8').includes(kafkaStartedLine)
  await waitUntil(() => isReady() || !server.isRunning(), startBudgetMs)
  if (isReady() && server.isRunning() && (await serves())) return
  await server.kill()
  throw new EmbeddedError(
    'start_failed',
    `Kafka did not start. The end of ${logFile}:\n${lastLines(logFile)}`,
  )
}
