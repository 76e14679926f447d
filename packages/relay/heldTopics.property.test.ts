import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import { eventually } from '@relevo/testing'
import fc from 'fast-check'
import type pg from 'pg'
import { audit } from './index.ts'
import { listProducer, newSession, relayHarness, type SentEvent } from './relayHarness.ts'
import type { RelaySession } from './relaySession.ts'
import { troubledProducer } from './troubledProducer.ts'

const keys = ['a', 'b', 'c', 'd']
const topics = ['t', 'u', 'v']

/** What may happen next. */
const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ step: fc.constant('enqueue'), key: fc.nat(3), topic: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('toggle'), key: fc.constant(0), topic: fc.nat(2) }) },
  {
    weight: 5,
    arbitrary: fc.record({ step: fc.constant('round'), key: fc.constant(0), topic: fc.constant(0) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ step: fc.constant('newSession'), key: fc.constant(0), topic: fc.constant(0) }),
  },
)
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never

/** A real outbox and relay, and a list in the place of Kafka whose topics are in trouble now and then. */
class World {
  readonly sent: SentEvent[] = []
  readonly committed = new Map<string, string[]>()
  readonly #troubled = new Set<string>()
  readonly #pool: pg.Pool
  readonly #databaseUrl: string
  #session: RelaySession

  constructor(pool: pg.Pool, databaseUrl: string) {
    this.#pool = pool
    this.#databaseUrl = databaseUrl
    this.#session = this.#newSession()
  }

  async begin(): Promise<void> {
    await this.#session.begin()
  }

  async take({ step, key: keyNumber, topic: topicNumber }: Step): Promise<void> {
    const key = keys[keyNumber] ?? ''
    const topic = topics[topicNumber] ?? ''
    if (step === 'round') await this.#round()
    else if (step === 'newSession') await this.#replaceSession()
    else if (step === 'enqueue') await this.#enqueue(key, topic)
    else if (!this.#troubled.delete(topic)) this.#troubled.add(topic)
  }

  /** Heals all topics, and goes on until every event is sent and nothing waits. */
  async finish(): Promise<void> {
    this.#troubled.clear()
    await eventually(async () => {
      await this.#round()
      const { rows } = await this.#pool.query(
        `select (select count(*) from outbox.event_status where state <> 'E')
           + (select count(*) from outbox.quarantine) as open`,
      )
      return Number(rows[0].open) === 0
    }, 'all events sent')
    await this.#session.handOver()
    await this.#session.end()
  }

  async #round(): Promise<void> {
    await this.#session.round(new AbortController().signal)
  }

  async #enqueue(key: string, topic: string): Promise<void> {
    const eventId = randomUUID()
    await enqueue(this.#pool, [{ eventId, key, topic, type: 'test.happened', payload: {} }])
    this.committed.set(key, [...(this.committed.get(key) ?? []), eventId])
  }

  async #replaceSession(): Promise<void> {
    await this.#session.handOver()
    await this.#session.end()
    this.#session = this.#newSession()
    await this.#session.begin()
  }

  #newSession(): RelaySession {
    const list = listProducer((event) => this.sent.push(event), -1)
    const producer = troubledProducer(list, (topic) => this.#troubled.has(topic))
    return newSession(this.#databaseUrl, producer, { pageRows: 3, mostHeld: 10, dutyEveryMs: 0 })
  }
}

test('however topics fail and heal, each key is published in commit order, whole and once', async (t) => {
  const { pool, databaseUrl } = await relayHarness(t)
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 60 }), async (list) => {
      const world = new World(pool, databaseUrl)
      await world.begin()
      for (const step of list) await world.take(step)
      await world.finish()
      for (const key of keys) {
        const sent = world.sent.filter((event) => event.key === key).map(({ eventId }) => eventId)
        assert.deepEqual(sent, world.committed.get(key) ?? [], `key ${key}`)
      }
      for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
    }),
    { numRuns: 20 },
  )
})
