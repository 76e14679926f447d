import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cacheDirectory, isWritable } from './cacheDirectory.ts'
import { EmbeddedError } from './embeddedError.ts'
import { requireMaven } from './java.ts'
import { keepFirst } from './keepFirst.ts'

/** A Java program by what it needs to run. */
export interface JarSet {
  /** Of its folder in the cache, with `version`; no spaces. */
  name: string
  version: string
  /** For people. */
  title: string
  /** How much is fetched, about. */
  megabytes: number
  dependencies: readonly Dependency[]
}

/** An artifact of Maven Central. */
export type Dependency = readonly [group: string, name: string, version: string]

const fetchBudgetMs = 10 * 60_000

/**
 * The folder with a program's jars, fetched from Maven Central into the user's cache the first time, which needs Maven
 * and takes 10 minutes at most. `onProgress` gets a sentence now and then while they are fetched.
 */
export async function findJars(set: JarSet, onProgress: (message: string) => void): Promise<string> {
  const cache = cacheDirectory()
  const target = join(cache, `${set.name}-${set.version}`)
  const libraries = join(target, 'libs')
  if (existsSync(libraries)) return libraries
  await requireMaven()
  onProgress(`Fetching ${titleOf(set)} from Maven Central (about ${set.megabytes} MB, this once) …`)
  const draft = mkdtempSync(join(cache, 'fetching-'))
  try {
    writeFileSync(join(draft, 'pom.xml'), renderPom(set))
    await runMaven(draft, mavenArguments(cache), set, onProgress)
    keepFirst(draft, target, join(target, 'libs'))
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  onProgress(`${titleOf(set)} is in ${libraries}`)
  return libraries
}

function titleOf({ title, version }: JarSet): string {
  return `${title} ${version}`
}

/** The Maven project whose run-time dependencies are the set. */
export function renderPom({ name, version, dependencies }: JarSet): string {
  const rendered = dependencies.map(
    ([group, artifact, release]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${release}</version></dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>relevo</groupId><artifactId>${name}</artifactId><version>${version}</version><packaging>pom</packaging>
<dependencies>
${rendered.join('\n')}
</dependencies>
</project>
`
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

function runMaven(
  directory: string,
  args: string[],
  set: JarSet,
  onProgress: (message: string) => void,
): Promise<void> {
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
      onProgress(`Fetching ${titleOf(set)}: ${files} files so far`)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) return resolve()
      const reason = errors.slice(0, 3).join('\n') || `mvn ended with ${signal ?? `exit ${code}`}`
      reject(
        new EmbeddedError(
          'fetch_failed',
          `${set.title} could not be fetched from Maven Central; it is needed once, and works offline afterwards.\n${reason}`,
        ),
      )
    })
  })
}
