import type { TestContext } from 'node:test'
import { createProducer } from '@relevo/kafka'
import {
  createApp,
  createLogger,
  createPool,
  Health,
  migrate,
  spanishErrors,
  startHttpServer,
} from '@relevo/kit'
import { createTopics } from '@relevo/kit/migration'
import { AcknowledgementWatcher } from '@relevo/outbox'
import { Relay } from '@relevo/relay'
import { createTestDatabase, testServers } from '@relevo/testing'
import { Registry } from 'prom-client'
import { messagesTopic } from '../../systems/messages.ts'
import { openapi } from './api.ts'
import type { MessagesConfig } from './config.ts'
import { migrations } from './migrations.ts'
import { createRoutes } from './routes.ts'

const logger = createLogger('test', 'silent')

/** The messages API on a new database, over HTTP; relays are started by the test. Closed with the test. */
export async function messagesHarness(t: TestContext, settings: Partial<MessagesConfig> = {}) {
  const { brokers } = await testServers()
  const database = await createTestDatabase()
  await migrate(database.url, migrations, logger)
  const pool = createPool({ databaseUrl: database.url, name: 'messages', logger })
  const watcher = new AcknowledgementWatcher(pool)
  const config = { ackWaitMs: 5_000, messageMaxBytes: 262_144, partitionBy: 'key' as const, ...settings }
  const app = createApp({
    name: 'messages',
    logger,
    registry: new Registry(),
    health: new Health(),
    routes: createRoutes({ pool, watcher, config }),
    openapi,
    errorStyle: spanishErrors,
    maxBodyBytes: config.messageMaxBytes * 6 + 1_024,
  })
  const server = await startHttpServer(app, { host: '127.0.0.1', port: 0 })
  const base = `http://127.0.0.1:${server.port}`
  const endings: (() => Promise<void>)[] = []
  t.after(async () => {
    watcher.stop()
    await server.stop()
    for (const end of endings) await end()
    await pool.end()
    await database.drop()
  })

  async function ask(path: string, init: RequestInit = {}) {
    const response = await fetch(base + path, init)
    const text = await response.text()
    // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
    return { status: response.status, headers: response.headers, body: JSON.parse(text || 'null') as any }
  }

  const post = (body: unknown, headers: Record<string, string> = {}) =>
    ask('/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    })

  await createTopics({ brokers, clientId: 'messages-test' }, [messagesTopic], 30_000, logger)

  /** A relay to the real Kafka, or to brokers that are not there. */
  function startRelay(to: string[] = brokers): () => Promise<void> {
    const producer = createProducer({ brokers: to, clientId: 'messages-test' }, { requestTimeoutMs: 2_000 })
    const relay = new Relay({
      databaseUrl: database.url,
      producer,
      source: '/test',
      logger,
      registry: new Registry(),
      refusalRetry: { initialMs: 10, maxMs: 20 },
    })
    relay.start()
    const stop = async () => {
      endings.splice(endings.indexOf(stop), 1)
      await relay.stop()
      await producer.close()
    }
    endings.push(stop)
    return stop
  }

  return { ask, post, pool, startRelay, brokers, databaseUrl: database.url }
}
