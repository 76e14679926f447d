import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { waitUntil } from '@relevo/embedded'
import type pg from 'pg'
import { commissionsSystem as system } from '../../systems/commissions.ts'
import type { Answer } from './http.ts'
import { systemUnderTest } from './systemUnderTest.ts'

/**
 * The system `commissions` as its real processes, on databases and a Kafka of its own, with a relay that reads the
 * write-ahead log; ended with the test.
 */
export async function commissionsSystem(t: TestContext) {
  const running = await systemUnderTest(t, system)
  const { brokers, directory, serviceOf, poolOf, startAnother, stopKafka, startKafka } = running
  const services = {
    commissions: serviceOf('commissions'),
    notifications: serviceOf('notifications'),
    relay: serviceOf('relay-commissions'),
  }

  /** A further subscriber with a file of its own, in the group of the first or in another one. */
  async function subscribe(variables: Record<string, string> = {}) {
    const file = join(directory, randomUUID(), 'events.jsonl')
    return { service: await startAnother('notifications', { EVENTS_FILE: file, ...variables }), file }
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
    pool: poolOf('commissions'),
    effectsPool: poolOf('notifications'),
    eventsFile: join(directory, 'data/events.jsonl'),
    kafka: { brokers, clientId: 'scenario-test' },
    subscribe,
    stopKafka,
    startKafka,
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
export async function expectEachOnce(
  { pool, effectsPool }: { pool: pg.Pool; effectsPool: pg.Pool },
  ...files: string[]
): Promise<void> {
  const { rows } = await pool.query('select event_id, type, key from outbox.event order by id')
  const read = async () => (await Promise.all(files.map(readEvents))).flat()
  await waitUntil(async () => (await read()).length >= rows.length, 60_000)
  const onTheWay = async () => (await effectsPool.query('select from event_line')).rowCount
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
