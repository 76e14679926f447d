import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { InboxBatchHandler, InboxEvent, InboxTransaction } from '@relevo/inbox'
import { createAdmin, createProducer, type OutgoingRecord } from '@relevo/kafka'
import { inTransaction } from '@relevo/kit'
import { afterTest, startInProcess, testDatabase, testServers } from '@relevo/testing'
import type pg from 'pg'
import { closeWindows } from './closeWindows.ts'
import { database } from './database.ts'
import { streamOf, streams } from './domain/contribution.ts'
import { metrics, type Report } from './domain/report.ts'
import { service } from './main.ts'
import { countingHandlers } from './takeContributions.ts'

/** An event as it is recorded; its place in Kafka is given when it is sent. */
export interface TestEvent {
  readonly id: string
  readonly type: string
  readonly key: string
  readonly time: string
  readonly recordTime: Date
  readonly data: Readonly<Record<string, unknown>>
  readonly outboxId: number
}

const minutes = 5
export const settings = { currency: 'USD', skewMs: 5_000 }
export const windows = { windowMinutes: minutes, graceSeconds: 30 }

/** A new database of the analytics, and ways to fill it and to look at it. Closed with the test. */
export async function analyticsHarness(t: TestContext) {
  const { url, pool } = await testDatabase(t, database.migrations)
  return { url, pool, ...databaseHarness(pool) }
}

export function databaseHarness(pool: pg.Pool) {
  return {
    /** Takes events in one transaction, as the consumer does. */
    take: (...events: readonly TestEvent[]) => inTransaction(pool, (client) => takeOn(client, events)),
    /** Closes what is due when every event before the time has been taken. */
    close: (until: string) => closeWindows(pool, windows, async () => new Date(until)),
    reports: () => listReports(pool),
  }
}

/** Takes events in a transaction of the caller's. */
export function takeOn(client: pg.PoolClient, events: readonly TestEvent[]): Promise<void> {
  const { handleAll } = Object.values(countingHandlers(settings))[0] as { handleAll: InboxBatchHandler }
  return handleAll(events.map(toInboxEvent), client as InboxTransaction)
}

function toInboxEvent(event: TestEvent): InboxEvent {
  const { id, type, key, time, recordTime, data, outboxId } = event
  const place = { topic: streamOf[type] ?? '', partition: 0, offset: BigInt(outboxId), recordTime }
  const headers = { ce_outboxid: String(outboxId) }
  return {
    ...place,
    id,
    source: '/test',
    type,
    key,
    time: new Date(time),
    data,
    json: JSON.stringify(data),
    headers,
  }
}

/** The last report of each window, as texts that can be compared. */
async function listReports(pool: pg.Pool): Promise<Record<string, string>[]> {
  const sql = `
select distinct on (window_start) window_start::text as start, ${metrics.map((name) => `${name}::text`).join(', ')}
from window_report order by window_start, revision desc`
  return (await pool.query(sql)).rows
}

/** A report of a test, with its figures as numbers. */
export function figuresOf(report: Report | undefined): Record<string, number> {
  const entries = Object.entries(report?.figures ?? {}).map(([name, value]) => [name, Number(value)])
  return Object.fromEntries(entries)
}

let outboxId = 0

function event(type: string, key: string, time: string, data: TestEvent['data']): TestEvent {
  const recordTime = new Date(new Date(time).getTime() + 20)
  return { id: randomUUID(), type, key, time, recordTime, data, outboxId: ++outboxId }
}

interface OrderOptions {
  readonly amount?: string
  readonly currency?: string
  readonly order_type?: 'sell' | 'buy'
  readonly created_at?: string
}

/** An event of an order. */
export function orderEvent(
  type: string,
  order_id: string,
  time: string,
  { amount = '10.00', currency = 'USD', order_type = 'sell', created_at = time }: OrderOptions = {},
): TestEvent {
  const about = { order_id, version: 1, order_type, total_amount: { amount, currency }, created_at }
  const customer = { order_number: 'ORD-1', customer_id: null, customer_name: 'Ana', customer_email: null }
  if (type === 'ORDER_CREATED') return event(type, order_id, time, { ...about, ...customer, items: [] })
  const more = type === 'ORDER_CANCELLED' ? { reason: 'TIMEOUT' } : {}
  return event(type, order_id, time, { ...about, ...more })
}

/** The stock of a product has changed. */
export function stockEvent(product_id: number, stock: number, reserved: number, time: string): TestEvent {
  const quantities = {
    stock_quantity: stock,
    reserved_quantity: reserved,
    available_quantity: stock - reserved,
  }
  const data = { product_id, sku: null, ...quantities, min_stock_level: 1 }
  return event('STOCK_CHANGED', String(product_id), time, data)
}

export function notificationEvent(
  type: 'NOTIFICATION_SENT' | 'NOTIFICATION_FAILED',
  time: string,
): TestEvent {
  const notification_id = randomUUID()
  const about = { notification_id, channel: 'email', template: 'order_confirmed', attempt: 1 }
  const more = type === 'NOTIFICATION_SENT' ? { doubtful_attempts: 0 } : { reason: 'SIMULATED' }
  return event(type, notification_id, time, { ...about, ...more })
}

/** Topics of a test's own, one for each stream. */
export async function testTopics(t: TestContext, partitions = 2) {
  const { brokers } = await testServers()
  const kafka = { brokers, clientId: 'test' }
  const [admin, producer] = [createAdmin(kafka), createProducer(kafka)]
  afterTest(t, () => Promise.all([producer.close(), admin.close()]))
  const prefix = randomUUID()
  const topicOf = Object.fromEntries(streams.map((stream) => [stream, `${prefix}.${stream}`]))
  const topics = Object.values(topicOf)
  await admin.ensureTopics(
    topics.flatMap((topic) => [
      { topic, partitions },
      { topic: `${topic}.dlt`, partitions: 1 },
    ]),
  )
  /** Sends events as the relay does. */
  const send = (events: readonly TestEvent[]) =>
    producer.send(events.map((each) => toRecord(each, topicOf[streamOf[each.type] ?? ''] ?? '')))
  return { kafka, admin, producer, topics, topicOf, send }
}

function toRecord(event: TestEvent, topic: string): OutgoingRecord {
  return {
    topic,
    key: event.key,
    value: JSON.stringify(event.data),
    timestamp: event.recordTime.getTime(),
    headers: {
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_type: event.type,
      ce_source: '/test',
      ce_time: event.time,
      ce_outboxid: String(event.outboxId),
    },
  }
}

interface Beginning {
  /** Partitions of each topic; default 2. */
  readonly partitions?: number
  /** Events sent before it starts. Later ones may come after its first look, which closes all past windows: those are late. */
  readonly sent?: readonly TestEvent[]
}

/** The analytics as its process runs it, on topics and in a database of its own. */
export async function runningAnalytics(
  t: TestContext,
  env: Record<string, string> = {},
  { partitions = 2, sent = [] }: Beginning = {},
) {
  const harness = await analyticsHarness(t)
  const topics = await testTopics(t, partitions)
  if (sent.length > 0) await topics.send(sent)
  const start = (more: Record<string, string> = {}) =>
    startInProcess(t, service, {
      DATABASE_URL: harness.url,
      KAFKA_BROKERS: topics.kafka.brokers.join(','),
      KAFKA_TOPIC: topics.topics.join(','),
      KAFKA_GROUP_ID: `group-${topics.topics[0]}`,
      RETRY_INITIAL_DELAY_MS: '10',
      RETRY_MAX_DELAY_MS: '20',
      ...env,
      ...more,
    })
  return { ...harness, ...topics, start, ...(await start()) }
}
