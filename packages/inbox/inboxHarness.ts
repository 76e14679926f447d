import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import {
  createAdmin,
  createProducer,
  type KafkaConfig,
  type Logger,
  type OutgoingRecord,
  readTopic,
} from '@relevo/kafka'
import { createTestDatabase, eventually, testServers } from '@relevo/testing'
import pg from 'pg'
import { Registry } from 'prom-client'
import { createAvailability } from './availability.ts'
import { createInbox, type Inbox, type InboxOptions } from './inbox.ts'
import type { InboxContext } from './inboxContext.ts'
import { createInboxCounts } from './inboxCounts.ts'
import type { InboxEvent, InboxHandler, InboxHandlers, InboxTransaction } from './inboxEvent.ts'
import { createInboxMetrics } from './inboxMetrics.ts'

/** For tests: a database with the inbox's schema and a table of effects, a topic, and ways to look at both. */
export interface InboxHarness {
  readonly pool: pg.Pool
  readonly kafka: KafkaConfig
  readonly topic: string
  readonly consumerName: string
  readonly registry: Registry
  /** Creates an inbox, which is stopped with the test. */
  inbox(options?: Partial<InboxOptions>): Inbox
  send(records: readonly OutgoingRecord[]): Promise<void>
  /** The numbers that took effect, in the order of their commits; of one key if given. */
  effects(key?: string): Promise<number[]>
  rows<Row>(sql: string): Promise<Row[]>
  deadLetterRecords(): Promise<
    Array<{ value: string | null; headers: Record<string, string>; timestamp: number }>
  >
  /** Resolves when everything that was sent is behind the group's offsets. */
  caughtUp(): Promise<unknown>
}

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** The effect of a test event: one row. */
export async function recordEffect(event: InboxEvent, tx: InboxTransaction): Promise<void> {
  const { n } = event.data as { n: number }
  await tx.query({
    name: 'effect',
    text: 'insert into effect (event_id, key, n) values ($1, $2, $3)',
    values: [event.id, event.key, n],
  })
}

export const effectHandlers: InboxHandlers = { test: { handle: recordEffect } }

export async function createHarness(
  t: TestContext,
  partitions = 1,
  settings: { pipeline?: boolean } = {},
): Promise<InboxHarness> {
  const { brokers } = await testServers()
  const database = await createTestDatabase(new URL('./migrations/', import.meta.url))
  const pool = new pg.Pool({ connectionString: database.url, max: 8, ...settings })
  const kafka: KafkaConfig = { brokers, clientId: 'test', logger: silent }
  const topic = `inbox-${randomUUID()}`
  const consumerName = `group-${randomUUID()}`
  const admin = createAdmin(kafka)
  const producer = createProducer(kafka)
  const inboxes: Inbox[] = []
  t.after(async () => {
    await Promise.all(inboxes.map((inbox) => inbox.stop()))
    await Promise.all([admin.close(), producer.close(), pool.end()])
    await database.drop()
  })
  await admin.ensureTopics([
    { topic, partitions },
    { topic: `${topic}.dlt`, partitions: 1 },
  ])
  await pool.query(
    'create table effect (place bigint generated always as identity, event_id uuid, key text, n integer)',
  )
  const registry = new Registry()

  async function rows<Row>(sql: string): Promise<Row[]> {
    return (await pool.query(sql)).rows as Row[]
  }

  return {
    pool,
    kafka,
    topic,
    consumerName,
    registry,
    rows,
    inbox(options = {}) {
      const retry = { attempts: 3, initialMs: 10, maxMs: 50 }
      const base = {
        pool,
        consumerName,
        kafka,
        topics: [topic],
        handlers: effectHandlers,
        registry,
        logger: silent,
      }
      const inbox = createInbox({ ...base, retry, pollMs: 100, ...options })
      inboxes.push(inbox)
      return inbox
    },
    send: (records) => producer.send(records),
    async effects(key) {
      const all = await rows<{ key: string; n: number }>('select key, n from effect order by place')
      return all.filter((row) => key === undefined || row.key === key).map((row) => row.n)
    },
    async deadLetterRecords() {
      const found = []
      for await (const record of readTopic(kafka, `${topic}.dlt`)) {
        found.push({
          value: record.value?.toString() ?? null,
          headers: { ...record.headers },
          timestamp: record.timestamp,
        })
      }
      return found
    },
    caughtUp: () =>
      eventually(async () => {
        const lags = await admin.groupLag(consumerName, [topic])
        return lags.every(({ lag }) => lag === 0)
      }),
  }
}

/** For tests: the inside of an inbox, without Kafka, so that two owners of one partition can be played. */
export function contextOf(
  h: InboxHarness,
  handler: InboxHandler,
  signal = new AbortController().signal,
): InboxContext {
  const counts = createInboxCounts(h.consumerName, createInboxMetrics(h.registry))
  return {
    pool: h.pool,
    consumer: h.consumerName,
    transactionEvents: 1_000,
    receive: {
      handlers: { test: handler },
      onUnknownType: 'deadLetter',
      bounds: { recordBytes: 2_097_152 },
    },
    retry: { attempts: 1_000, initialMs: 1, maxMs: 1, unavailableMs: 60_000 },
    availability: createAvailability({ initialMs: 1, maxMs: 1 }),
    breaks: new Map(),
    wentBack: new Map(),
    run: {
      timeoutMs: 10_000,
      concurrency: 4,
      tracing: { consumer: h.consumerName, spans: 'linked' },
      onHandled: counts.handled,
    },
    counts,
    logger: silent,
    signal,
    wake: () => undefined,
  }
}

/** For tests: an event as the relay sends it. */
export function testEvent(
  topic: string,
  n: number,
  options: { key?: string; id?: string; type?: string; value?: string | Uint8Array | null } = {},
): OutgoingRecord {
  const time = new Date()
  return {
    topic,
    key: options.key ?? 'key',
    value: options.value === undefined ? JSON.stringify({ n }) : options.value,
    timestamp: time.getTime(),
    headers: {
      ce_specversion: '1.0',
      ce_id: options.id ?? randomUUID(),
      ce_type: options.type ?? 'test',
      ce_source: '/test',
      ce_time: time.toISOString(),
      'content-type': 'application/json',
    },
  }
}

export { eventually }

/** For tests: a range of numbers. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
