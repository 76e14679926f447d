import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ServerProcess, startKafka, startPostgres, temporaryDirectory } from '@relevo/embedded'

export interface TestServers {
  /** Of the superuser, on the database `postgres`; a test makes its own database by `createTestDatabase`. */
  databaseUrl: string
  brokers: string[]
}

/** What throw-away data do without: surviving a loss of power. */
export const testPostgresSettings: Record<string, string> = { fsync: 'off', full_page_writes: 'off' }

let servers: Promise<TestServers> | undefined

/**
 * The Postgres and the Kafka of this test run: those named by RELEVO_TEST_DATABASE_URL and RELEVO_TEST_KAFKA_BROKERS
 * (`npm test` sets them), or else embedded ones that are started once for this process and end with it.
 */
export function testServers(): Promise<TestServers> {
  servers ??= findServers()
  return servers
}

async function findServers(): Promise<TestServers> {
  const { RELEVO_TEST_DATABASE_URL: databaseUrl, RELEVO_TEST_KAFKA_BROKERS: brokers } = process.env
  if (databaseUrl && brokers) return { databaseUrl, brokers: brokers.split(',') }
  const directory = temporaryDirectory()
  const [postgres, kafka] = await Promise.all([
    startPostgres({ directory: join(directory, 'postgres'), settings: testPostgresSettings }),
    startKafka({ directory: join(directory, 'kafka') }),
  ])
  process.once('exit', () => discard(directory, [postgres, kafka]))
  return { databaseUrl: postgres.url, brokers: kafka.brokers }
}

// Nothing asynchronous runs in an exit handler, so the servers get no time to end by themselves; nobody needs their data.
function discard(directory: string, processes: ServerProcess[]): void {
  for (const server of processes) server.killNow()
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
}
