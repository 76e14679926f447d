import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import fc from 'fast-check'
import type pg from 'pg'
import { listProducer, newSession, relayHarness, type SentEvent } from './relayHarness.ts'
import type { RelaySession } from './relaySession.ts'

const writers = 4
const keys = ['a', 'b', 'c']

/** What may happen next; what makes no sense at a moment is passed over. */
const steps = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      step: fc.constant('enqueue'),
      writer: fc.nat({ max: 3 }),
      key: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      step: fc.constant('enqueueInSavepoint'),
      writer: fc.nat({ max: 3 }),
      key: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ step: fc.constant('commit'), writer: fc.nat({ max: 3 }), key: fc.constant(0) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ step: fc.constant('rollback'), writer: fc.nat({ max: 3 }), key: fc.constant(0) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ step: fc.constant('round'), writer: fc.constant(0), key: fc.constant(0) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      step: fc.constant('otherTransaction'),
      writer: fc.constant(0),
      key: fc.constant(0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ step: fc.constant('newSession'), writer: fc.constant(0), key: fc.constant(0) }),
  },
)
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never

interface Writer {
  client: pg.PoolClient
  /** The events of the open transaction, in order; undefined when none is open. */
  open: { key: string; eventId: string }[] | undefined
}

/** A real outbox and a relay that goes on by a round at a time, with a list in the place of Kafka. */
class World {
  readonly sent: SentEvent[] = []
  /** By key, the events in the order of their commits. */
  readonly committed = new Map<string, string[]>()
  readonly #pool: pg.Pool
  readonly #databaseUrl: string
  readonly #writers: Writer[]
  #session: RelaySession

  constructor(pool: pg.Pool, databaseUrl: string, clients: pg.PoolClient[]) {
    this.#pool = pool
    this.#databaseUrl = databaseUrl
    this.#writers = clients.map((client) => ({ client, open: undefined }))
    this.#session = this.#newSession()
  }

  async begin(): Promise<void> {
    await this.#session.begin()
  }

  async take({ step, writer: number, key: keyNumber }: Step): Promise<void> {
    const writer = this.#writers[number]
    const key = keys[keyNumber] ?? ''
    if (!writer) return
    if (step === 'round') await this.round()
    else if (step === 'otherTransaction') await this.#pool.query('select pg_current_xact_id()')
    else if (step === 'newSession') await this.#replaceSession()
    else if (step === 'commit' || step === 'rollback') await this.#finish(writer, step)
    else await this.#enqueue(writer, key, step === 'enqueueInSavepoint')
  }

  async round(): Promise<boolean> {
    return this.#session.round(new AbortController().signal)
  }

  /** Ends what is open and goes on until nothing is found any more. */
  async finish(): Promise<void> {
    for (const writer of this.#writers) await this.#finish(writer, 'commit')
    for (let idle = 0; idle < 3; ) idle = (await this.round()) ? 0 : idle + 1
    await this.#session.handOver()
    await this.#session.end()
  }

  /** Whoever holds a key's lock in an open transaction would make this writer wait for ever. */
  #isFree(key: string, writer: Writer): boolean {
    return this.#writers.every((other) => other === writer || !other.open?.some((event) => event.key === key))
  }

  async #enqueue(writer: Writer, key: string, inSavepoint: boolean): Promise<void> {
    if (!this.#isFree(key, writer)) return
    if (!writer.open) await writer.client.query('begin')
    writer.open ??= []
    const eventId = randomUUID()
    if (inSavepoint) await writer.client.query('savepoint s')
    await enqueue(writer.client, [{ eventId, key, topic: 't', type: 'test.happened', payload: {} }])
    if (inSavepoint) await writer.client.query('release s')
    writer.open.push({ key, eventId })
  }

  async #finish(writer: Writer, how: 'commit' | 'rollback'): Promise<void> {
    await writer.client.query(how)
    const events = how === 'commit' ? (writer.open ?? []) : []
    writer.open = undefined
    for (const { key, eventId } of events)
      this.committed.set(key, [...(this.committed.get(key) ?? []), eventId])
  }

  async #replaceSession(): Promise<void> {
    await this.#session.handOver()
    await this.#session.end()
    this.#session = this.#newSession()
    await this.#session.begin()
  }

  #newSession(): RelaySession {
    const producer = listProducer((event) => this.sent.push(event))
    // A page of two events and no time for a second one: windows stay open from round to round.
    return newSession(this.#databaseUrl, producer, { pageRows: 2, mostHeld: 1_000 })
  }
}

test('however transactions and rounds interleave, each key is published in commit order, whole and once', async (t) => {
  const { pool, databaseUrl } = await relayHarness(t)
  const clients = await Promise.all(Array.from({ length: writers }, () => pool.connect()))
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 50 }), async (list) => {
        const world = new World(pool, databaseUrl, clients)
        await world.begin()
        for (const step of list) await world.take(step)
        await world.finish()
        for (const key of keys) {
          const sent = world.sent.filter((event) => event.key === key).map(({ eventId }) => eventId)
          assert.deepEqual(sent, world.committed.get(key) ?? [], `key ${key}`)
        }
      }),
      { numRuns: 20 },
    )
  } finally {
    for (const client of clients) client.release()
  }
})
