import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createAdmin, createProducer } from '@relevo/kafka'
import {
  createApp,
  createLogger,
  createPool,
  Health,
  loadConfig,
  migrate,
  problemDetails,
  startHttpServer,
} from '@relevo/kit'
import { createTestDatabase, testServers } from '@relevo/testing'
import { Registry } from 'prom-client'
import { commissionApproved, commissionCalculated } from '../../systems/commissions.ts'
import { openapi } from './api.ts'
import { chosenChannels } from './channels/createChannels.ts'
import { config as spec } from './config.ts'
import { migrations } from './migrations.ts'
import { createRoutes } from './routes.ts'
import { createSubscription } from './subscription.ts'

const logger = createLogger('test', 'silent')

/** A database with the tables of the notifications and a folder for files; gone with the test, after `stop`. */
export async function migratedDatabase(t: TestContext, stop: () => Promise<unknown>) {
  const database = await createTestDatabase()
  await migrate(database.url, migrations, logger)
  const pool = createPool({ databaseUrl: database.url, name: 'notifications', size: 5, logger })
  const directory = await mkdtemp(join(tmpdir(), 'notifications-'))
  t.after(async () => {
    await stop()
    await pool.end()
    await database.drop()
    await rm(directory, { recursive: true })
  })
  return { url: database.url, pool, directory, logger }
}

/** The notifications with the channels of `variables`, on a topic of their own and over HTTP. Closed with the test. */
export async function notificationsHarness(t: TestContext, variables: Record<string, string>) {
  const { brokers } = await testServers()
  const closing: (() => Promise<unknown>)[] = []
  const { url, pool, directory } = await migratedDatabase(t, async () => {
    for (const close of closing.reverse()) await close()
  })
  const topic = `commissions-${randomUUID()}`
  const kafka = { brokers, clientId: 'notifications-test' }
  const admin = createAdmin(kafka)
  closing.push(() => admin.close())
  const topics = [
    { topic, partitions: 2 },
    { topic: `${topic}.dlt`, partitions: 1 },
  ]
  await admin.ensureTopics(topics)
  const producer = createProducer(kafka)
  closing.push(() => producer.close())
  const eventsFile = join(directory, 'data', 'events.jsonl')
  const config = loadConfig(spec, {
    DATABASE_URL: url,
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC: topic,
    KAFKA_GROUP_PREFIX: `group-${randomUUID()}`,
    EVENTS_FILE: eventsFile,
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
    RETRY_ATTEMPTS: '3',
    SEND_TIMEOUT_MS: '500',
    ...variables,
  })
  const parts = { config, registry: new Registry(), logger, onCrash: () => {} }
  const subscriptions = chosenChannels(config).map((name) => createSubscription(name, parts))
  const app = createApp({
    ...parts,
    name: 'notifications',
    health: new Health(),
    routes: createRoutes({ subscriptions, admin, topic }),
    openapi,
    errorStyle: problemDetails,
  })
  const server = await startHttpServer(app, { host: '127.0.0.1', port: 0 })
  closing.push(...subscriptions.map((subscription) => () => subscription.stop()), () => server.stop())
  for (const subscription of subscriptions) subscription.start()

  async function ask(path: string, method = 'GET') {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
    // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
    return { status: response.status, body: (await response.json()) as any }
  }

  async function send(...records: TestRecord[]): Promise<void> {
    await producer.send(records.map((record) => ({ topic, ...record })))
  }

  return { ask, send, pool, topic, lines: () => readLines(eventsFile), subscriptions }
}

type TestRecord = ReturnType<typeof testEvent>

/** An event as the relay sends it; of one commission if `commissionId` is given again. */
export function testEvent(
  type: 'calculated' | 'approved',
  { commissionId = randomUUID(), affiliateId = 'aff-1', eventId = randomUUID() } = {},
) {
  const now = new Date().toISOString()
  const about = {
    commissionId,
    conversionId: `conversion-${commissionId}`,
    affiliateId,
    campaignId: 'cmp-1',
    netAmount: { amount: '15.06', currency: 'USD' },
  }
  const payload =
    type === 'approved'
      ? { ...about, approvedAt: now }
      : {
          ...about,
          grossAmount: { amount: '120.50', currency: 'USD' },
          percentage: '12.5',
          calculatedAt: now,
        }
  return {
    key: commissionId,
    value: JSON.stringify(payload),
    headers: {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: type === 'approved' ? commissionApproved.type : commissionCalculated.type,
      ce_source: '/test',
      ce_time: now,
    },
  }
}

/** The lines of a file as the objects that they are; none while it is not there. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the lines hold
export async function readLines(path: string): Promise<any[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}
