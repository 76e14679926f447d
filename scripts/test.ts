// npm test [-- part-of-a-path …]: the type check, the lint rules and every test, on a real Postgres and a real Kafka
// of this run. With parts of paths, only the test files whose path contains one of them.
import { rmSync, statfsSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { archiveKafka, startKafka, startPostgres, temporaryDirectory } from '@relevo/embedded'
import { testPostgresSettings } from '@relevo/testing'
import { bundlesOption } from './dependencyBundles.ts'
import { runCheck } from './runCheck.ts'
import { type Lane, runTestFiles, slowestFiles } from './runTestFiles.ts'
import { addCounts, closingLine, noTests, type TestCounts } from './testCounts.ts'
import { findTestFiles } from './testFiles.ts'

const root = resolve(import.meta.dirname, '..')
const testTimeoutMs = 240_000
const fileTimeoutMs = 900_000
const slowestShown = 10
/** Two more than there are cores: tests wait for processes, leases and time-outs half of their time. */
const filesAtOnce = Math.min(4, Math.max(2, availableParallelism() + 2))

const memoryFolder = '/dev/shm'
/** Beside that of the processes. Bytes. */
const roomOfRun = 12 * 1024 ** 3

interface Servers {
  /**
   * Each file that runs has a Postgres to itself: what one does to the whole server, as a transaction held open that keeps
   * another's replication slot from being made, must not reach the next. Kafka is for all.
   */
  lanes: Lane[]
  stop(): Promise<void>
}

async function main(filters: string[]): Promise<void> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
  const directory = temporaryDirectory(folderOfRuns())
  let counts = noTests
  try {
    counts = await runEverything(filters, directory, interrupted.signal)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    counts = { ...counts, failed: counts.failed + 1 }
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  if (interrupted.signal.aborted) console.log('Interrupted.')
  console.log(closingLine(counts))
  process.exit(interrupted.signal.aborted ? 130 : counts.failed > 0 ? 1 : 0)
}

/** In memory where there is room: to make and delete the files of hundreds of databases on a disk takes a quarter longer. */
function folderOfRuns(): string {
  try {
    const { bavail, bsize } = statfsSync(memoryFolder)
    const free = Math.min(bavail * bsize, process.availableMemory())
    return process.env.TMPDIR === undefined && free >= roomOfRun ? memoryFolder : tmpdir()
  } catch {
    return tmpdir() // no Linux
  }
}

async function runEverything(filters: string[], directory: string, signal: AbortSignal): Promise<TestCounts> {
  const files = findTestFiles(root, filters)
  const count = files.length
  if (count === 0) throw new Error(`No test file matches ${filters.join(' or ') || 'the pattern of tests'}.`)
  process.env.GOGC ??= '400' // tsc and helm, Go programs that end soon, spend a third less when they collect less
  const checks = filters.length === 0 ? runChecks() : noTests
  const lanes = Math.min(count, filesAtOnce)
  console.log(`${count} test file${count === 1 ? '' : 's'}, ${lanes} at a time …`)
  const servers = files.some(needsServers) ? await startServers(directory, lanes) : noServers(lanes)
  try {
    process.env.NODE_COMPILE_CACHE = join(directory, 'compile-cache') // nothing is compiled twice
    process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} ${await bundlesOption(root)}`.trim()
    process.env.TMPDIR = directory // what a test leaves behind goes with this run
    return addCounts(await checks, await runTests(files, servers.lanes, signal))
  } finally {
    await servers.stop()
  }
}

/** Files elsewhere test what runs by itself; one that needs servers all the same starts them (see testServers). */
const needsServers = (file: string) => /^(tests|services|packages)\//.test(file)

async function runChecks(): Promise<TestCounts> {
  console.log('Checking types and lint rules …')
  const checks = await Promise.all([
    runCheck(root, 'type check', 'tsc', ['--noEmit']),
    runCheck(root, 'lint', 'biome', ['check', '--error-on-warnings', '.']),
  ])
  return addCounts(...checks)
}

function noServers(lanes: number): Servers {
  return { lanes: Array.from({ length: lanes }, () => ({ variables: {} })), stop: async () => {} }
}

async function startServers(directory: string, lanes: number): Promise<Servers> {
  console.log('Starting Postgres and Kafka …')
  const settings = testPostgresSettings
  const startLane = (n: number) => startPostgres({ directory: join(directory, `postgres-${n}`), settings })
  const [kafka, ...postgres] = await Promise.all([
    startKafka({ directory: join(directory, 'kafka'), onProgress: console.log }),
    ...Array.from({ length: lanes }, (_, n) => startLane(n)),
  ])
  const brokers = kafka.brokers.join(',')
  // Beside the tests, which go without until it is there.
  const archived = archiveKafka().catch((error) => console.log(error))
  return {
    lanes: postgres.map(({ url, pid }) => ({
      variables: { RELEVO_TEST_DATABASE_URL: url, RELEVO_TEST_KAFKA_BROKERS: brokers },
      serverPid: pid,
    })),
    stop: async () => {
      await Promise.all([kafka, ...postgres].map((server) => server.kill()))
      await archived
    },
  }
}

async function runTests(files: string[], lanes: Servers['lanes'], signal: AbortSignal): Promise<TestCounts> {
  const runs = await runTestFiles({ root, files, lanes, testTimeoutMs, fileTimeoutMs, signal })
  if (runs.length > 1) console.log(`\nThe files that took longest:\n${slowestFiles(runs, slowestShown)}\n`)
  return addCounts(...runs.map(({ counts }) => counts))
}

await main(process.argv.slice(2))
