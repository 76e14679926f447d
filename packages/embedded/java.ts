import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedError } from './embeddedError.ts'
import { readEnvironment } from './environment.ts'

const run = promisify(execFile)
const oldestJava = 17 // Kafka 4's brokers need it

const otherWays =
  'Install Java 17 or newer and Maven, or start Docker, or set KAFKA_BROKERS to the brokers of an existing Kafka.'

export interface Java {
  /** The program to run. */
  readonly program: string
  /** What it says of its version. */
  readonly release: string
}

/** The Java of JAVA_HOME, or the first on the PATH; throws when it is missing or too old. */
export async function findJava(): Promise<Java> {
  const { javaHome } = readEnvironment()
  const java = javaHome ? join(javaHome, 'bin', 'java') : 'java'
  const release = await javaRelease(java)
  const version = parseJavaVersion(release)
  if (version >= oldestJava) return { program: java, release }
  throw new EmbeddedError(
    'java_unsupported',
    `Kafka needs Java ${oldestJava} or newer; ${java} is Java ${version}. ${otherWays}`,
  )
}

/** Throws `maven_missing` unless the `mvn` program is on the PATH. */
export async function requireMaven(): Promise<void> {
  try {
    await run('mvn', ['--version'])
  } catch (cause) {
    throw new EmbeddedError(
      'maven_missing',
      `Maven (mvn), which fetches Kafka, was not found. ${otherWays}`,
      { cause },
    )
  }
}

/** The feature release out of what `java -version` prints: 8 for "1.8.0_392", 17 for "17.0.15", 0 when unreadable. */
export function parseJavaVersion(output: string): number {
  const [, first, second] = output.match(/version "(\d+)(?:\.(\d+))?/) ?? []
  return Number(first === '1' ? second : first) || 0
}

async function javaRelease(java: string): Promise<string> {
  try {
    return (await run(java, ['-version'])).stderr
  } catch (cause) {
    throw new EmbeddedError('java_missing', `Java was not found (tried: ${java}). ${otherWays}`, { cause })
  }
}
