import type { TestContext } from 'node:test'
import { createProducer } from '@relevo/kafka'
import { createTopics } from '@relevo/kit/migration'
import { Relay } from '@relevo/relay'
import { afterTest, silent, startInProcess, testDatabase, testServers } from '@relevo/testing'
import { Registry } from 'prom-client'
import { messagesTopic } from '../../systems/messages.ts'
import { database } from './database.ts'
import { service } from './main.ts'

/** The messages API on a new database; relays are started by the test. Closed with the test. */
export async function messagesHarness(t: TestContext, env: Record<string, string> = {}) {
  const { brokers } = await testServers()
  const { url, pool } = await testDatabase(t, database.migrations)
  await createTopics({ brokers, clientId: 'messages-test' }, [messagesTopic], 30_000, silent)
  const api = await startInProcess(t, service, { DATABASE_URL: url, ...env })
  const post = (body: unknown, headers: Record<string, string> = {}) => api.post('/messages', body, headers)

  /** A relay to the real Kafka, or to brokers that are not there. */
  function startRelay(to: string[] = brokers): () => Promise<void> {
    const producer = createProducer({ brokers: to, clientId: 'messages-test' }, { requestTimeoutMs: 2_000 })
    const relay = new Relay({
      databaseUrl: url,
      producer,
      source: '/test',
      logger: silent,
      registry: new Registry(),
      refusalRetry: { initialMs: 10, maxMs: 20 },
    })
    relay.start()
    let stopped: Promise<void> | undefined
    const stop = () => {
      stopped ??= relay.stop().then(() => producer.close())
      return stopped
    }
    afterTest(t, stop)
    return stop
  }

  return { ...api, post, pool, startRelay, brokers, databaseUrl: url }
}
