import { spawn } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { EmbeddedError } from './embeddedError.ts'
import { readEnvironment } from './environment.ts'
import { requireMaven } from './java.ts'
import { temporaryHome } from './temporaryHome.ts'

export const kafkaVersion = '4.3.1'
const log4jVersion = '2.25.4' // what Kafka 4.3.1 itself asks for; it leaves the binding to slf4j to its user
const fetchBudgetMs = 10 * 60_000

/**
 * The folder with Kafka's jars, fetched from Maven Central into the user's cache the first time, which needs Maven and
 * takes about 45 MB. `onProgress` gets a sentence now and then while it is fetched.
 */
export async function findKafkaJars(onProgress: (message: string) => void): Promise<string> {
  const cache = cacheDirectory()
  const libraries = join(cache, `kafka-${kafkaVersion}`, 'libs')
  if (existsSync(libraries)) return libraries
  await requireMaven()
  onProgress(`Fetching Kafka ${kafkaVersion} from Maven Central (about 45 MB, this once) …`)
  const draft = mkdtempSync(join(cache, 'fetching-'))
  try {
    writeFileSync(join(draft, 'pom.xml'), renderPom())
    await runMaven(draft, mavenArguments(cache), onProgress)
    keep(draft, join(cache, `kafka-${kafkaVersion}`))
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  onProgress(`Kafka ${kafkaVersion} is in ${libraries}`)
  return libraries
}

/** The Maven project whose run-time dependencies are a Kafka broker. */
export function renderPom(): string {
  const dependency = (group: string, name: string, version: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>relevo</groupId><artifactId>kafka</artifactId><version>${kafkaVersion}</version><packaging>pom</packaging>
<dependencies>
${dependency('org.apache.kafka', 'kafka_2.13', kafkaVersion)}
${dependency('org.apache.logging.log4j', 'log4j-core', log4jVersion)}
${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', log4jVersion)}
</dependencies>
</project>
`
}

/** The user's cache folder of Relevo, or one under the temporary folder for users who have no home. */
function cacheDirectory(): string {
  const usual = join(readEnvironment().cacheHome, 'relevo')
  return isWritable(usual) ? usual : temporaryHome()
}

function isWritable(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true })
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function mavenArguments(cache: string): string[] {
  const args = [
    '--batch-mode',
    '--strict-checksums',
    'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
    '-DoutputDirectory=libs',
    '-DincludeScope=runtime',
  ]
  return isWritable(homedir()) ? args : [...args, `-Dmaven.repo.local=${join(cache, 'maven')}`]
}

function runMaven(directory: string, args: string[], onProgress: (message: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('mvn', args, {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: fetchBudgetMs,
    })
    const errors: string[] = []
    let files = 0
    let nextReport = performance.now() + 3_000
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('[ERROR]')) errors.push(line)
      if (!line.includes('Downloaded from')) return
      files++
      if (performance.now() < nextReport) return
      nextReport = performance.now() + 3_000
      onProgress(`Fetching Kafka ${kafkaVersion}: ${files} files so far`)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) return resolve()
      const reason = errors.slice(0, 3).join('\n') || `mvn ended with ${signal ?? `exit ${code}`}`
      reject(
        new EmbeddedError(
          'fetch_failed',
          `Kafka could not be fetched from Maven Central; it is needed once, and works offline afterwards.\n${reason}`,
        ),
      )
    })
  })
}

// Whoever renames first wins, so a folder with the final name is always complete.
function keep(draft: string, target: string): void {
  try {
    renameSync(draft, target)
  } catch (error) {
    if (!existsSync(join(target, 'libs'))) throw error
  }
}
