import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { EmbeddedError } from './embeddedError.ts'
import { claimPort } from './freePort.ts'
import { waitForGroups } from './groupCoordinator.ts'
import { kafkaSettings, kafkaStartedLine } from './kafkaConfig.ts'
import { kafkaVersion } from './kafkaJars.ts'
import { waitUntil } from './waitUntil.ts'

const run = promisify(execFile)
const startBudgetMs = 90_000
const pullBudgetMs = 10 * 60_000
const dataDirectory = '/var/lib/kafka/data'

/** A Kafka in a container; its data are in a volume that has the container's name. */
export interface DockerKafka {
  readonly brokers: string[]
  readonly port: number
  stop(): Promise<void>
}

/** Tells whether a Docker engine answers: an installed `docker` program alone starts nothing. */
export async function isDockerRunning(): Promise<boolean> {
  try {
    await run('docker', ['info'], { timeout: 10_000 })
    return true
  } catch {
    return false
  }
}

/**
 * Starts apache/kafka in Docker, on the loopback address, with the settings of `startKafka`, and resolves once it
 * serves. The image is pulled when it is missing. The caller stops it; `name` names the container and the volume.
 */
export async function startDockerKafka(options: {
  name: string
  port?: number
  settings?: Record<string, string>
}): Promise<DockerKafka> {
  const { name } = options
  const port = await claimPort(options.port, 'Kafka')
  await run('docker', ['rm', '--force', '--volumes', name]).catch(() => undefined) // left behind by a crash of its owner
  try {
    await run('docker', dockerArguments(name, port, options.settings), { timeout: pullBudgetMs })
  } catch (cause) {
    throw new EmbeddedError('start_failed', `Docker could not start Kafka: ${(cause as Error).message}`, {
      cause,
    })
  }
  const stop = async () => {
    await run('docker', ['stop', '--time', '20', name]).catch(() => undefined)
    await run('docker', ['rm', '--force', '--volumes', name]).catch(() => undefined)
  }
  const log = async () => (await run('docker', ['logs', name])).stdout
  const hasStarted = async () => (await log().catch(() => '')).includes(kafkaStartedLine)
  if ((await waitUntil(hasStarted, startBudgetMs)) && (await waitForGroups(port, startBudgetMs))) {
    return { brokers: [`127.0.0.1:${port}`], port, stop }
  }
  const output = await log().catch(() => '')
  await stop()
  throw new EmbeddedError('start_failed', `Kafka did not start in Docker:\n${output.slice(-2_000)}`)
}

/** The arguments of `docker` that start the broker; the image takes its settings as variables. */
export function dockerArguments(name: string, port: number, settings: Record<string, string> = {}): string[] {
  const properties = {
    ...kafkaSettings({ port, controllerPort: 9093, dataDirectory }),
    listeners: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://127.0.0.1:9093`,
    ...settings,
  }
  const variables = Object.entries(properties).flatMap(([key, value]) => [
    '--env',
    `${variableOf(key)}=${value}`,
  ])
  const publish = ['--publish', `127.0.0.1:${port}:${port}`, '--volume', `${name}:${dataDirectory}`]
  return ['run', '--detach', '--name', name, ...publish, ...variables, `apache/kafka:${kafkaVersion}`]
}

/** Removes the data of a stopped Kafka. */
export async function removeDockerKafka(name: string): Promise<void> {
  await run('docker', ['rm', '--force', '--volumes', name]).catch(() => undefined)
  await run('docker', ['volume', 'rm', '--force', name]).catch(() => undefined)
}

function variableOf(setting: string): string {
  return `KAFKA_${setting.toUpperCase().replaceAll('.', '_')}`
}
