import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startKafka, temporaryDirectory, waitUntil } from '@relevo/embedded'
import { createTestDatabase } from '@relevo/testing'
import pg from 'pg'
import type { Answer } from './http.ts'
import { runMigrations, serviceUnderTest } from './serviceUnderTest.ts'

/**
 * The system `commissions` as its real processes, on a database and a Kafka of its own, with a relay that reads the
 * write-ahead log; ended with the test.
 */
export async function commissionsSystem(t: TestContext) {
  const directory = temporaryDirectory()
  let kafka = await startKafka({ directory: join(directory, 'kafka') })
  const database = await createTestDatabase()
  const env = { DATABASE_URL: database.url, KAFKA_BROKERS: kafka.brokers.join(',') }
  for (const folder of ['commissions', 'notifications']) await runMigrations(folder, env)
  const eventsFile = join(directory, 'data', 'events.jsonl')
  const relayEnv = { ...env, RELAY_SOURCE: 'wal', EVENT_SOURCE: '/relevo/commissions' }
  const services = {
    commissions: await serviceUnderTest('commissions', env),
    notifications: await serviceUnderTest('notifications', { ...env, EVENTS_FILE: eventsFile }),
    relay: await serviceUnderTest('relay', relayEnv),
  }
  const replicas: (typeof services.notifications)[] = []
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  t.after(async () => {
    await Promise.all([...Object.values(services), ...replicas].map((service) => service.kill()))
    await pool.end()
    await kafka.kill()
    await database.drop()
  })
  await Promise.all(Object.values(services).map((service) => service.start()))

  /** A further subscriber with a file of its own, in the group of the first or in another one. */
  async function subscribe(variables: Record<string, string> = {}) {
    const file = join(directory, randomUUID(), 'events.jsonl')
    const service = await serviceUnderTest('notifications', { ...env, EVENTS_FILE: file, ...variables })
    replicas.push(service)
    await service.start()
    return { service, file }
  }

  async function post(path: string, body: object): Promise<{ status: number; body: Answer }> {
    const response = await fetch(`${services.commissions.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    })
    return { status: response.status, body: await response.json() }
  }

  const calculate = (conversionId: string = randomUUID()) =>
    post('/commissions/calculate', {
      conversionId,
      affiliateId: 'aff-1',
      campaignId: 'cmp-1',
      grossAmount: 120.5,
      currency: 'USD',
    })
  const approve = (commissionId: string) => post('/commissions/approve', { commissionId })

  /** Calculates and approves a commission; returns its id. */
  async function complete(): Promise<string> {
    const { status, body } = await calculate()
    assert.equal(status, 201)
    assert.equal((await approve(body.commissionId)).status, 200)
    return body.commissionId
  }

  return {
    ...services,
    calculate,
    approve,
    complete,
    pool,
    eventsFile,
    kafka: { brokers: kafka.brokers, clientId: 'scenario-test' },
    subscribe,
    stopKafka: () => kafka.stop(),
    /** On the same port, with the same data. */
    startKafka: async () => {
      kafka = await startKafka({ directory: join(directory, 'kafka'), port: kafka.port })
    },
  }
}

/** A line of the file of events. */
export interface EventLine {
  id: string
  type: string
  subject: string
  source: string
  data: Answer
}

/** The whole lines of a file of events; none while it is not there. */
export async function readEvents(path: string): Promise<EventLine[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line))
}

/** Waits until the files hold as many events as were recorded, and checks: each once, those of a commission in order. */
export async function expectEachOnce({ pool }: { pool: pg.Pool }, ...files: string[]): Promise<void> {
  const { rows } = await pool.query('select event_id, type, key from outbox.event order by id')
  const read = async () => (await Promise.all(files.map(readEvents))).flat()
  await waitUntil(async () => (await read()).length >= rows.length, 60_000)
  const onTheWay = async () => (await pool.query('select from event_line')).rowCount
  await waitUntil(async () => (await onTheWay()) === 0, 10_000)
  const events = await read()
  assert.deepEqual(events.map(({ id }) => id).sort(), rows.map(({ event_id }) => event_id).sort())
  for (const file of files) {
    const types = Map.groupBy(await readEvents(file), ({ subject }) => subject)
    for (const [commission, lines] of types) {
      const expected = rows.filter(({ key }) => key === commission).map(({ type }) => type)
      const there = lines.map(({ type }) => type)
      // With several files the two events of a commission may be in two of them.
      assert.deepEqual(there, files.length > 1 ? expected.filter((type) => there.includes(type)) : expected)
    }
  }
}
