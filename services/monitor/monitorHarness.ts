import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { createAdmin, createProducer } from '@relevo/kafka'
import { afterTest, startInProcess, testDatabase, testServers } from '@relevo/testing'
import type pg from 'pg'
import { database } from './database.ts'
import { service } from './main.ts'

interface Prepared {
  readonly status: number
  readonly body: unknown
}

/** A small HTTP server that answers as a service of ours would. Gone after the test. */
export async function fakeService(t: TestContext, answers: Record<string, unknown> = {}) {
  const prepared = new Map<string, Prepared>()
  const set = (path: string, body: unknown, status = 200) => void prepared.set(path, { body, status })
  set('/ready', { status: 'ok' })
  for (const [path, body] of Object.entries(answers)) set(path, body)
  let held = false
  const listener: RequestListener = ({ url = '' }, response) => {
    if (held) return
    const { status, body } = prepared.get(url) ?? { status: 404, body: {} }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const listen = async (port: number) => {
    const server = createServer(listener).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  const kill = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  afterTest(t, kill)
  return {
    url: `http://127.0.0.1:${port}`,
    set,
    /** As SIGKILL: nobody listens on its port any more. */
    kill,
    /** Again on its port. */
    start: async () => {
      server = await listen(port)
    },
    /** It takes requests and does not answer them. */
    hold: () => {
      held = true
    },
  }
}

/** What a relay with one outbox answers. */
export function relayAnswers(oldestSeconds: number, more: Record<string, unknown> = {}) {
  const about = { ready: true, loopAgeSeconds: 0.1, stalledShards: [], quarantinedKeys: 0, heldTopics: [] }
  return {
    '/outboxes': { count: 1, outboxes: [{ outbox: 'orders', ...about, ...more }] },
    '/status?outbox=orders': { backlog: { events: oldestSeconds === 0 ? 0 : 3, oldestSeconds } },
  }
}

/** What a consumer answers. */
export function consumerAnswers(held = 0, deadLetters = 0) {
  return {
    '/stats': { held, last_processed_at: '2026-01-15T10:30:00.000Z' },
    '/dead-letters/groups?limit=1000': { count: 1, groups: [{ count: deadLetters }] },
  }
}

const streams = ['orders.events', 'inventory.events', 'payments.events', 'notifications.events'] as const

/** Topics of a test's own for the events of the shop. */
export async function shopTopics(t: TestContext) {
  const { brokers } = await testServers()
  const kafka = { brokers, clientId: 'test' }
  const [admin, producer] = [createAdmin(kafka), createProducer(kafka)]
  afterTest(t, () => Promise.all([producer.close(), admin.close()]))
  const prefix = randomUUID()
  const topicOf = (stream: (typeof streams)[number]) => `${prefix}.${stream}`
  const topics = streams.map(topicOf)
  await admin.ensureTopics(
    topics.flatMap((topic) => [
      { topic, partitions: 2 },
      { topic: `${topic}.dlt`, partitions: 1 },
    ]),
  )
  /** Sends an event as the relay does. */
  const send = (
    stream: (typeof streams)[number],
    type: string,
    key: string,
    data: object,
    time = new Date(),
  ) =>
    producer.send([
      {
        topic: topicOf(stream),
        key,
        value: JSON.stringify(data),
        headers: {
          ce_specversion: '1.0',
          ce_id: randomUUID(),
          ce_type: type,
          ce_source: '/test',
          ce_time: time.toISOString(),
        },
      },
    ])
  return { brokers, admin, producer, topics, topicOf, send }
}

/** The monitor as its process runs it, with a database and topics of its own, and short pauses. */
export async function runningMonitor(
  t: TestContext,
  targets: Readonly<Record<string, { readonly url: string }>> = {},
  env: Record<string, string> = {},
) {
  const { url, pool } = await testDatabase(t, database.migrations)
  const topics = await shopTopics(t)
  const start = (more: Record<string, string> = {}) =>
    startInProcess(t, service, {
      DATABASE_URL: url,
      KAFKA_BROKERS: topics.brokers.join(','),
      KAFKA_TOPIC: topics.topics.join(','),
      KAFKA_GROUP_ID: `group-${topics.topics[0]}`,
      MONITORED_SERVICES: Object.entries(targets)
        .map(([name, target]) => `${name}=${target.url}`)
        .join(','),
      PROBE_INTERVAL_MS: '100',
      PROBE_TIMEOUT_MS: '5000',
      DETAIL_INTERVAL_MS: '100',
      ...env,
      ...more,
    })
  return { databaseUrl: url, pool, start, ...topics, ...(await start()) }
}

/** The alerts as they are stored: `kind`, and whether each is open. */
export async function storedAlerts(
  pool: pg.Pool,
): Promise<[kind: string, subject: string, isOpen: boolean][]> {
  const sql = 'select kind, subject, resolved_at is null as is_open from alert order by id'
  return (await pool.query(sql)).rows.map(({ kind, subject, is_open }) => [kind, subject, is_open])
}
