// npm test [-- part-of-a-path …]: the type check, the lint rules and every test, on a real Postgres and a real Kafka
// of this run. With parts of paths, only the test files whose path contains one of them.
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startKafka, startPostgres, temporaryDirectory } from '@relevo/embedded'
import { testPostgresSettings } from '@relevo/testing'
import { runCheck } from './runCheck.ts'
import { runTestFiles } from './runTestFiles.ts'
import { addCounts, closingLine, noTests, type TestCounts } from './testCounts.ts'
import { findTestFiles, type TestFiles } from './testFiles.ts'

const root = resolve(import.meta.dirname, '..')
const testTimeoutMs = 120_000
const fileTimeoutMs = 600_000

interface Servers {
  databaseUrl: string
  brokers: string[]
  stop(): Promise<void>
}

async function main(filters: string[]): Promise<void> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
  const directory = temporaryDirectory()
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

async function runEverything(filters: string[], directory: string, signal: AbortSignal): Promise<TestCounts> {
  const files = findTestFiles(root, filters)
  const count = files.shared.length + files.alone.length
  if (count === 0) throw new Error(`No test file matches ${filters.join(' or ') || 'the pattern of tests'}.`)
  const checks = filters.length === 0 ? await runChecks() : noTests
  console.log(`Starting Postgres and Kafka for ${count} test file${count === 1 ? '' : 's'} …`)
  const servers = await startServers(directory)
  try {
    process.env.RELEVO_TEST_DATABASE_URL = servers.databaseUrl
    process.env.RELEVO_TEST_KAFKA_BROKERS = servers.brokers.join(',')
    process.env.NODE_COMPILE_CACHE = join(directory, 'compile-cache') // nothing is compiled twice
    process.env.TMPDIR = directory // what a test leaves behind goes with this run
    return addCounts(checks, await runTests(files, signal))
  } finally {
    await servers.stop()
  }
}

async function runChecks(): Promise<TestCounts> {
  console.log('Checking types and lint rules …')
  return addCounts(
    await runCheck(root, 'type check', 'tsc', ['--noEmit']),
    await runCheck(root, 'lint', 'biome', ['check', '--error-on-warnings', '.']),
  )
}

async function startServers(directory: string): Promise<Servers> {
  const [postgres, kafka] = await Promise.all([
    startPostgres({ directory: join(directory, 'postgres'), settings: testPostgresSettings }),
    startKafka({ directory: join(directory, 'kafka'), onProgress: console.log }),
  ])
  const stop = async () => void (await Promise.all([postgres.kill(), kafka.kill()]))
  return { databaseUrl: postgres.url, brokers: kafka.brokers, stop }
}

async function runTests(files: TestFiles, signal: AbortSignal): Promise<TestCounts> {
  const options = { root, testTimeoutMs, fileTimeoutMs, signal }
  const shared = await runTestFiles({ ...options, files: files.shared, concurrency: 2 })
  const alone = await runTestFiles({ ...options, files: files.alone, concurrency: 1 })
  return addCounts(shared, alone)
}

await main(process.argv.slice(2))
