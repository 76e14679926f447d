import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  kafkaVersion,
  type ServerProcess,
  startKafka,
  startPostgres,
  temporaryDirectory,
} from '@relevo/embedded'
import { createAdmin } from '@relevo/kafka'
import { createLogger, migrate } from '@relevo/kit'
import { outboxMigrations } from '@relevo/outbox'
import pg from 'pg'
import { compileRelay } from './relayProcess.ts'
import { businessTables } from './sql/businessTables.ts'
import { countSlots, dropSlots, freeSlots } from './sql/peerTables.ts'

/** As in production: a commit waits for the disk. The sizes keep check-points out of the runs. */
export const postgresSettings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  // Tells when the rows of a consumer were committed.
  track_commit_timestamp: 'on',
}

/** Partitions of a topic that is made for a run. */
export const topicPartitions = 12

/** The servers of a benchmark. `stop` it. */
export interface TestBed {
  readonly brokers: readonly string[]
  readonly postgresPid: number
  readonly kafkaPid: number
  /** For the logs of the processes that a run starts. */
  readonly directory: string
  readonly versions: string
  /** A database with an empty outbox and the tables of a business, and an empty topic: each run has its own. */
  createOutbox(partitions?: number): Promise<BenchOutbox>
  stop(): Promise<void>
}

export interface BenchOutbox {
  readonly url: string
  readonly topic: string
  /** For looks from outside. */
  readonly pool: pg.Pool
  /** Drops the database, its replication slots and the topic. */
  drop(): Promise<void>
}

const template = 'bench_template'
const slotBudgetMs = 10_000

/** Starts a Postgres and a Kafka of its own in a temporary folder. */
export async function startTestBed(onProgress: (message: string) => void): Promise<TestBed> {
  const directory = temporaryDirectory()
  const servers: ServerProcess[] = []
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const postgres = await startPostgres({
      directory: join(directory, 'postgres'),
      settings: postgresSettings,
    })
    servers.push(postgres)
    const kafka = await startKafka({ directory: join(directory, 'kafka'), onProgress })
    servers.push(kafka)
    await makeTemplate(postgres.url)
    await compileRelay({ directory })
    return {
      brokers: kafka.brokers,
      postgresPid: postgres.pid,
      kafkaPid: kafka.pid,
      directory,
      versions: await readVersions(postgres.url),
      createOutbox: (partitions = topicPartitions) => createOutbox(postgres.url, kafka.brokers, partitions),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function makeTemplate(serverUrl: string): Promise<void> {
  await execute(serverUrl, `create database ${template}`)
  const url = databaseUrl(serverUrl, template)
  await migrate(url, [outboxMigrations], createLogger('bench', 'warn'))
  await execute(url, businessTables)
}

async function createOutbox(serverUrl: string, brokers: string[], partitions: number): Promise<BenchOutbox> {
  const name = `bench_${randomBytes(6).toString('hex')}`
  const admin = createAdmin({ brokers, clientId: 'bench' })
  await execute(serverUrl, `create database ${name} template ${template}`)
  await admin.ensureTopics([{ topic: name, partitions }])
  const url = databaseUrl(serverUrl, name)
  const pool = new pg.Pool({ connectionString: url, max: 2, application_name: 'bench' })
  pool.on('error', () => {})
  return {
    url,
    topic: name,
    pool,
    drop: async () => {
      await forgetSlots(pool)
      await pool.end()
      await execute(serverUrl, `drop database if exists ${name} with (force)`)
      await admin.deleteTopics([name])
      await admin.close()
    },
  }
}

/** A database with a slot cannot be dropped, nor a slot that is read from. */
async function forgetSlots(pool: pg.Pool): Promise<void> {
  const deadline = performance.now() + slotBudgetMs
  for (;;) {
    await pool.query(freeSlots)
    await pool.query(dropSlots)
    const { rows } = await pool.query(countSlots)
    if (rows[0]?.slots === 0) return
    if (performance.now() > deadline) throw new Error('a replication slot could not be dropped')
    await delay(100)
  }
}

async function readVersions(serverUrl: string): Promise<string> {
  const [row] = await execute(serverUrl, 'show server_version')
  return `Node ${process.versions.node}, Postgres ${row?.server_version}, Kafka ${kafkaVersion} (one broker, heap 256 MB)`
}

async function execute(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
