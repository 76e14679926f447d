import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { createAdmin, createProducer } from '@relevo/kafka'
import {
  createApp,
  createLogger,
  createPool,
  Health,
  loadConfig,
  migrate,
  spanishErrors,
  startHttpServer,
} from '@relevo/kit'
import { migrations } from '@relevo/messages-service/migrations'
import { createTestDatabase, testServers } from '@relevo/testing'
import { Registry } from 'prom-client'
import { openapi } from './api.ts'
import { config as spec } from './config.ts'
import { createProcessor } from './createProcessor.ts'
import { createRoutes } from './routes.ts'

const logger = createLogger('test', 'silent')

interface TestRecord {
  content?: unknown
  eventId?: string
  outboxId?: string
  type?: string
}

/** The message processor on a new database, topic and group, with its HTTP side. Closed with the test. */
export async function processorHarness(t: TestContext, env: Record<string, string> = {}) {
  const { brokers } = await testServers()
  const database = await createTestDatabase()
  await migrate(database.url, migrations, logger)
  const topic = `messages-${randomUUID()}`
  const kafka = { brokers, clientId: 'processor-test' }
  const admin = createAdmin(kafka)
  await admin.ensureTopics([
    { topic, partitions: 2 },
    { topic: `${topic}.dlt`, partitions: 1 },
  ])
  const producer = createProducer(kafka)
  const settings = { DATABASE_URL: database.url, KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC: topic }
  const quick = {
    KAFKA_GROUP_ID: `group-${randomUUID()}`,
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
  }
  const config = loadConfig(spec, { ...settings, ...quick, ...env })
  const registry = new Registry()
  const pool = createPool({ databaseUrl: database.url, name: 'message-processor', pipeline: true, logger })
  const inbox = createProcessor({ config, pool, registry, logger, onCrash: () => {} })
  const { groupId } = config
  const routes = createRoutes({ pool, inbox, admin, groupId, topic })
  const health = new Health()
  const name = 'message-processor'
  const app = createApp({ name, logger, registry, health, routes, openapi, errorStyle: spanishErrors })
  const server = await startHttpServer(app, { host: '127.0.0.1', port: 0 })
  t.after(async () => {
    await server.stop()
    await inbox.stop()
    await Promise.all([producer.close(), admin.close(), pool.end()])
    await database.drop()
  })

  async function ask(path: string, method = 'GET') {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
    // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
    return { status: response.status, body: (await response.json()) as any }
  }

  /** Sends records as the relay does; returns their event ids. */
  async function send(...records: TestRecord[]): Promise<string[]> {
    const sent = records.map(
      ({ eventId = randomUUID(), outboxId = '1', type = 'message.created', content }) => ({
        topic,
        key: eventId,
        value: JSON.stringify({ content }),
        headers: {
          ce_specversion: '1.0',
          ce_id: eventId,
          ce_type: type,
          ce_source: '/test',
          ce_time: '2026-01-15T10:30:00Z',
          ce_outboxid: outboxId,
        },
      }),
    )
    await producer.send(sent)
    return sent.map(({ key }) => key)
  }

  const messages = async () =>
    (await pool.query('select content, evento_id, event_id from messages order by evento_id')).rows

  return { ask, send, messages, inbox, pool, registry, topic, groupId }
}
