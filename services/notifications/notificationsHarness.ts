import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { afterTest, silent, startInProcess, testDatabase, testTopic } from '@relevo/testing'
import { commissionApproved, commissionCalculated } from '../../systems/commissions.ts'
import { database } from './database.ts'
import { service } from './main.ts'

/** A database with the tables of the notifications and a folder for files; gone with the test, after `stop`. */
export async function migratedDatabase(t: TestContext, stop: () => Promise<unknown>) {
  const { url, pool } = await testDatabase(t, database.migrations)
  const directory = await mkdtemp(join(tmpdir(), 'notifications-'))
  afterTest(t, () => rm(directory, { recursive: true }))
  afterTest(t, stop)
  return { url, pool, directory, logger: silent }
}

/** The notifications with the channels of `variables`, on a topic of their own and over HTTP. Closed with the test. */
export async function notificationsHarness(t: TestContext, variables: Record<string, string>) {
  const { url, pool, directory } = await migratedDatabase(t, async () => {})
  const { topic, kafka, producer } = await testTopic(t)
  const eventsFile = join(directory, 'data', 'events.jsonl')
  const { ask } = await startInProcess(t, service, {
    DATABASE_URL: url,
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPIC: topic,
    KAFKA_GROUP_PREFIX: `group-${randomUUID()}`,
    EVENTS_FILE: eventsFile,
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
    RETRY_ATTEMPTS: '3',
    SEND_TIMEOUT_MS: '500',
    ...variables,
  })
  const send = (...records: TestRecord[]) => producer.send(records.map((record) => ({ topic, ...record })))
  return {
    ask: (path: string, method = 'GET') => ask(path, { method }),
    send,
    pool,
    lines: () => readLines(eventsFile),
  }
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
