import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { createAdmin, createProducer, type OutgoingRecord, type Producer } from '@relevo/kafka'
import { enqueue, type NewEvent, outboxMigrations } from '@relevo/outbox'
import { createTestDatabase, testServers } from '@relevo/testing'
import pg from 'pg'
import { Registry } from 'prom-client'
import { createRelayMetrics } from './operate/metrics.ts'
import { Relay, type RelayOptions } from './relay.ts'
import { RelaySession } from './relaySession.ts'

export const silent = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * An outbox in a new database, a new topic and the means to relay between them; closed with the test. Without brokers it is
 * the Kafka of the test run.
 */
export async function relayHarness(t: TestContext, named?: readonly string[]) {
  const brokers = named ?? (await testServers()).brokers
  const database = await createTestDatabase(outboxMigrations.directory)
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  const topic = `test-${randomUUID()}`
  const kafka = { brokers, clientId: 'relay-test' }
  const admin = createAdmin(kafka)
  await admin.ensureTopics([{ topic, partitions: 3 }])
  const relays = new Set<Relay>()
  const producer = createProducer(kafka)
  t.after(async () => {
    for (const relay of relays) await relay.stop()
    await producer.close()
    await admin.close()
    await pool.end()
    await database.drop()
  })

  function startRelay(options: Partial<RelayOptions> = {}): Relay {
    const defaults = { databaseUrl: database.url, producer, source: '/test', logger: silent }
    const relay = new Relay({ ...defaults, registry: new Registry(), ...options })
    relays.add(relay)
    relay.start()
    return relay
  }

  async function stopRelay(relay: Relay): Promise<void> {
    relays.delete(relay)
    await relay.stop()
  }

  /** Records events in a transaction of their own. */
  async function record(...events: Partial<NewEvent>[]) {
    const complete = events.map((event) => ({ topic, type: 'test.happened', payload: {}, ...event }))
    return enqueue(pool, complete)
  }

  /** How many events are in each state. */
  async function states(): Promise<Record<string, number>> {
    const { rows } = await pool.query(
      'select state, count(*)::integer from outbox.event_status group by state',
    )
    return Object.fromEntries(rows.map((row) => [row.state, row.count]))
  }

  return {
    producer,
    pool,
    topic,
    kafka,
    admin,
    startRelay,
    stopRelay,
    record,
    states,
    databaseUrl: database.url,
  }
}

export interface SentEvent {
  readonly key: string
  readonly eventId: string
}

/** A producer that hands on what it is sent, and acknowledges it. @param partition of every event; -1: not known. */
export function listProducer(onSent: (event: SentEvent) => void, partition = 0): Producer {
  const nothing = async () => {}
  const send = async (records: readonly OutgoingRecord[]) => {
    for (const { key, headers } of records) onSent({ key: key ?? '', eventId: headers.ce_id ?? '' })
  }
  return {
    send,
    prepare: (records) => () => send(records()),
    connect: nothing,
    ping: nothing,
    describe: async () => ({ code: undefined, leaderless: [] }),
    clusterId: async () => 'list',
    expectCluster: () => {},
    partitionOf: () => partition,
    close: nothing,
  }
}

/** A session that a test moves on by rounds, with one page a round unless `turnMs` says otherwise, and no pauses. */
export function newSession(
  databaseUrl: string,
  producer: Producer,
  options: { pageRows: number; mostHeld: number; dutyEveryMs?: number; turnMs?: number },
): RelaySession {
  const { pageRows, mostHeld, turnMs = 0, ...others } = options
  const retry = { initialMs: 1, maxMs: 1 }
  return new RelaySession({
    databaseUrl,
    producer,
    source: '/test',
    logger: silent,
    metrics: createRelayMetrics(new Registry()),
    lease: { owner: randomUUID(), leaseMs: 10_000 },
    delivery: { page: { rows: pageRows, bytes: 1 << 20 }, refusalRetryMs: 1 },
    pump: { retry, turnMs },
    quarantine: { attempts: 1, retry, probe: retry, mostHeld },
    storeAllMs: 10_000,
    wal: undefined,
    onWake: () => {},
    ...others,
  })
}

export { eventually } from '@relevo/testing'
