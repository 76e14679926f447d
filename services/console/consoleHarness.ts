import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { enqueue, outboxMigrations } from '@relevo/outbox'
import {
  type HttpClient,
  setTopicConfig,
  startInProcess,
  testDatabase,
  testServers,
  testTopic,
} from '@relevo/testing'
import { processorHarness } from '../message-processor/processorHarness.ts'
import { runningMonitor } from '../monitor/monitorHarness.ts'
import { relayService } from '../relay/main.ts'
import { database } from './database.ts'
import { service } from './main.ts'

/** A consumer whose handler fails until the test says otherwise. */
export async function failingConsumer(t: TestContext) {
  const processor = await processorHarness(t, { RETRY_ATTEMPTS: '2', OPERATOR_TOKEN: token })
  const { pool } = processor
  await pool.query(`
    create function fail() returns trigger language plpgsql as $$
      begin raise exception 'The stock of product % is gone', floor(random() * 1000); end $$;
    create trigger fail before insert on messages for each row execute function fail()`)
  const running = await processor.start()
  return {
    ...processor,
    ...running,
    heal: () => pool.query('drop trigger fail on messages'),
  }
}

/** A relay whose topic takes small records only, until the test says otherwise. */
export async function rejectedOutbox(t: TestContext) {
  const { url, pool } = await testDatabase(t, [outboxMigrations])
  const { topic, kafka } = await testTopic(t, 1)
  await setTopicConfig(kafka.brokers, topic, { 'max.message.bytes': '1000' })
  const env = {
    DATABASE_URL: url,
    EVENT_SOURCE: '/relevo/orders',
    KAFKA_BROKERS: kafka.brokers.join(','),
    REFUSAL_RETRY_MS: '10',
    OPERATOR_TOKEN: token,
  }
  const relay = await startInProcess(t, relayService(env), env)
  /** Records an event that the topic rejects. */
  const record = async (key: string) => {
    const payload = { order_id: key, customer_email: 'ana@example.com', note: 'x'.repeat(2_000) }
    await enqueue(pool, [{ topic, key, type: 'ORDER_PLACED', payload }])
  }
  return { ...relay, pool, topic, record, heal: () => setTopicConfig(kafka.brokers, topic, {}) }
}

/** A monitor that watches the consumer and the relay. */
export async function watchingMonitor(
  t: TestContext,
  consumer: Awaited<ReturnType<typeof failingConsumer>>,
  outbox: Awaited<ReturnType<typeof rejectedOutbox>>,
) {
  const { topic, groupId: group } = consumer
  const service = 'message-processor'
  const watched = { topics: { [topic]: `${topic}.dlt` }, groups: [{ group, service, topics: [topic] }] }
  const targets = { [service]: consumer, 'relay-test': outbox }
  const often = { PROBE_INTERVAL_MS: '500', DETAIL_INTERVAL_MS: '500' }
  return runningMonitor(t, targets, { MONITORED_KAFKA: JSON.stringify(watched), ...often })
}

export const token = `token-${randomUUID()}`

/** The console as its process runs it, with a database of its own. */
export async function runningConsole(
  t: TestContext,
  services: Readonly<Record<string, { readonly url: string }>>,
  env: Record<string, string> = {},
) {
  const { url, pool } = await testDatabase(t, database.migrations)
  const running = await startInProcess(t, service, {
    DATABASE_URL: url,
    OPERATOR_TOKEN: token,
    KAFKA_BROKERS: (await testServers()).brokers.join(','),
    LOOK_INTERVAL_MS: '100',
    OPERATED_SERVICES: Object.entries(services)
      .map(([name, each]) => `${name}=${each.url}`)
      .join(','),
    ...env,
  })
  return { ...running, pool, databaseUrl: url }
}

/** Logs in; returns what a page sends from then on. */
export async function logInTo(
  { ask, post }: Pick<HttpClient, 'ask' | 'post'>,
  name = 'Ana',
): Promise<Record<string, string>> {
  const answer = await post('/console/session', { token, name })
  assert.equal(answer.status, 200)
  const set = answer.headers.get('set-cookie') ?? ''
  assert.match(set, /HttpOnly; SameSite=Strict/)
  const cookie = set.split(';')[0] ?? ''
  const { body } = await ask('/console/session', { headers: { cookie } })
  assert.equal(body.operator, name)
  return { cookie, 'x-csrf-token': body.csrf }
}
