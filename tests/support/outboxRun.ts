import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAdmin, type KafkaConfig } from '@relevo/kafka'
import { createLogger, migrate } from '@relevo/kit'
import { checkLedger, formatReport, type Ledger, type LedgerReport } from '@relevo/ledger'
import { outboxMigrations } from '@relevo/outbox'
import { audit } from '@relevo/relay'
import { createTestDatabase, eventually, testServers } from '@relevo/testing'
import pg from 'pg'
import type { RelaySource } from './eachSource.ts'
import { getUntil } from './http.ts'
import { testSeed } from './seededRandom.ts'
import { type ServiceUnderTest, serviceUnderTest } from './serviceUnderTest.ts'
import { startWorkload, type Workload, type WorkloadOptions } from './workload.ts'

export interface OutboxRunOptions {
  /** Default: a new database on the Postgres of the test run. */
  databaseUrl?: string
  /** Default: the Kafka of the test run. */
  brokers?: readonly string[]
  /** What the relays read; default: the table. */
  source?: RelaySource
  /** Variables of each relay. */
  relay?: Record<string, string>
  topicConfig?: Record<string, string>
}

export type OutboxRun = Awaited<ReturnType<typeof outboxRun>>

const shards = 16
const settleBudgetMs = 90_000
const mostPauses = 300

/** An outbox, a topic for it, and relay processes that a test starts and does harm to; ended with the test. */
export async function outboxRun(t: TestContext, options: OutboxRunOptions = {}) {
  const database =
    options.databaseUrl === undefined ? await createTestDatabase([outboxMigrations]) : undefined
  const databaseUrl = options.databaseUrl ?? database?.url ?? ''
  const brokers = options.brokers ?? (await testServers()).brokers
  const kafka: KafkaConfig = { brokers, clientId: 'fault-test' }
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  pool.on('error', () => {})
  const admin = createAdmin(kafka)
  const relays: ServiceUnderTest[] = []
  const loads: Workload[] = []
  const held: pg.Client[] = []
  t.after(async () => {
    await Promise.all(relays.map((relay) => relay.kill()))
    await Promise.allSettled(loads.map((load) => load.stop()))
    await Promise.allSettled([admin.close(), pool.end(), ...held.map((client) => client.end())])
    await database?.drop()
  })
  if (!database) await migrate(databaseUrl, [outboxMigrations], createLogger('test', 'silent'))
  const topic = `fault-${randomUUID()}`
  await admin.ensureTopics([{ topic, partitions: 3, config: options.topicConfig ?? {} }])
  const seed = testSeed()
  console.log(`${t.name}: RELEVO_TEST_SEED=${seed}`)

  async function startRelay(variables: Record<string, string> = {}): Promise<ServiceUnderTest> {
    const relay = await serviceUnderTest('relay', {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: brokers.join(','),
      LEASE_MS: '1500',
      LOG_LEVEL: 'warn',
      RELAY_SOURCE: options.source ?? 'table',
      ...options.relay,
      ...variables,
    })
    relays.push(relay)
    await relay.start()
    return relay
  }

  /** Waits until the relay reads the write-ahead log, if that is what it is to read. */
  async function streams(relay: ServiceUnderTest): Promise<void> {
    if (options.source === 'wal') await getUntil(`${relay.url}/status`, ({ stream }) => stream.reading)
  }

  function write(workload: Partial<WorkloadOptions> = {}): Workload {
    const load = startWorkload({ databaseUrl, topics: [topic], seed, ...workload })
    loads.push(load)
    return load
  }

  /** A connection of its own with a transaction begun in it. */
  async function holdTransaction(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: databaseUrl })
    client.on('error', () => {})
    held.push(client)
    await client.connect()
    await client.query('begin')
    return client
  }

  /** Waits until so many more events are published than were before. */
  async function published(events: number): Promise<void> {
    const goal = (await countPublished(pool)) + events
    const until = performance.now() + settleBudgetMs
    while ((await countPublished(pool)) < goal) {
      assert.ok(performance.now() < until, relays.map((relay) => relay.log()).join('\n'))
      await delay(1)
    }
  }

  /**
   * How many records Kafka has beyond the events that the cursors count as acknowledged: duplicates, and pages that are
   * sent and not stored. Of relays that are paused or dead; what they have told Postgres is awaited.
   */
  async function surplus(): Promise<number> {
    await eventually(async () => {
      const { rows } = await pool.query(
        `select from pg_stat_activity where datname = current_database() and state = 'active'
           and backend_type = 'client backend' and application_name like 'relevo relay%'`,
      )
      return rows.length === 0
    }, 'the statements of the relays at their end')
    const offsets = await admin.topicOffsets([topic])
    return offsets.reduce((sum, { end }) => sum + Number(end), 0) - (await countPublished(pool))
  }

  /** Pauses the only relay that runs with a page that Kafka has and no cursor tells of; `before` it began. */
  async function pauseInPage(relay: ServiceUnderTest, before: number): Promise<void> {
    for (let attempt = 0; attempt < mostPauses; attempt++) {
      relay.pause()
      if ((await surplus()) > before) return
      relay.resume()
      await published(1)
    }
    assert.fail(`No pause of ${mostPauses} met a page that was sent and not stored`)
  }

  /** Waits until every event that is committed is published. */
  async function settle(): Promise<void> {
    const until = performance.now() + settleBudgetMs
    for (;;) {
      const states = await countStates(pool)
      if (states.every(({ state }) => state === 'E')) return
      const logs = relays.map((relay) => relay.log()).join('\n')
      assert.ok(performance.now() < until, `not settled: ${JSON.stringify(states)}\n${logs}`)
      await delay(50)
    }
  }

  /** Settles, checks the ledger, prints its numbers and fails unless it is in order. */
  async function check(ledger: Ledger, topics: readonly string[] = [topic]): Promise<LedgerReport> {
    await settle()
    const report = await checkLedger({ databaseUrl, kafka, topics, ledger, audit })
    const { acknowledged, unknown, delivered, duplicatesDelivered, lost, phantom, reorderings } = report
    console.log(
      `  events acknowledged ${acknowledged}, unknown ${unknown}, delivered ${delivered}, ` +
        `duplicates delivered ${duplicatesDelivered}, lost ${lost.count}, phantom ${phantom.count}, ` +
        `reorderings ${reorderings.count}`,
    )
    assert.ok(report.ok, `seed ${seed}\n${formatReport(report)}`)
    return report
  }

  return {
    databaseUrl,
    pool,
    kafka,
    admin,
    topic,
    seed,
    startRelay,
    streams,
    write,
    holdTransaction,
    published,
    surplus,
    pauseInPage,
    settle,
    check,
  }
}

async function countPublished(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query('select sum(acknowledged)::integer as count from outbox.cursor')
  return rows[0].count
}

async function countStates(pool: pg.Pool): Promise<{ state: string; count: number }[]> {
  const { rows } = await pool.query('select state, count(*)::integer from outbox.event_status group by state')
  return rows
}

/** Waits until the relay holds so many shards; default: all. */
export async function holdsShards(relay: ServiceUnderTest, count = shards): Promise<void> {
  await getUntil(`${relay.url}/status`, (status) => status.shards.length === count)
}
