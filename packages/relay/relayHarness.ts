import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { createAdmin, createProducer } from '@relevo/kafka'
import { enqueue, type NewEvent, outboxMigrations } from '@relevo/outbox'
import { createTestDatabase, testServers } from '@relevo/testing'
import pg from 'pg'
import { Registry } from 'prom-client'
import { Relay, type RelayOptions } from './relay.ts'

export const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** An outbox in a new database, a new topic and the means to relay between them; closed with the test. */
export async function relayHarness(t: TestContext) {
  const { brokers } = await testServers()
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

export { eventually } from '@relevo/testing'
