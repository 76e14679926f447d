import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { eventually, startInProcess, testDatabase, testTopic } from '@relevo/testing'
import { notificationRequested } from '../../../systems/shop/notificationRequests.ts'
import { database } from '../database.ts'
import { service } from '../main.ts'

/** A database and a topic for the notifications, and the variables of a process that sends by this mail server. */
export async function emailWorld(t: TestContext, smtpUrl: string, variables: Record<string, string> = {}) {
  const { url, pool } = await testDatabase(t, database.migrations)
  const { topic, kafka, producer } = await testTopic(t)
  const env = {
    CHANNELS: 'email',
    DATABASE_URL: url,
    KAFKA_BROKERS: kafka.brokers.join(','),
    REQUESTS_TOPIC: topic,
    REQUESTS_DLQ: `${topic}.dlt`,
    KAFKA_GROUP_PREFIX: `group-${randomUUID()}`,
    SMTP_URL: smtpUrl,
    SMTP_FROM: 'Tienda <tienda@relevo.test>',
    EMAIL_RETRY_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '50',
    EMAIL_POLL_MS: '50',
    SEND_TIMEOUT_MS: '25000', // no busy machine takes that long: who wants a time-out sets one
    ...variables,
  }
  const row = async (id: string) =>
    (await pool.query('select * from notification where id = $1', [id])).rows[0]
  return {
    env,
    pool,
    send: (...records: TestRequest[]) => producer.send(records.map((record) => ({ topic, ...record }))),
    row,
    /** Waits until the notification has ended so. */
    ended: (id: string, state: 'sent' | 'dead') =>
      eventually(async () => (await row(id))?.state === state, `notification ${id} ${state}`, 60_000),
    /** The events of the outbox about this notification, in their order. */
    events: async (id: string) => {
      const found = await pool.query(
        'select event_id, topic, type, headers, payload from outbox.event where key = $1 order by id',
        [id],
      )
      return found.rows
    },
  }
}

/** The notifications in this process, on a world of their own. */
export async function emailHarness(t: TestContext, smtpUrl: string, variables: Record<string, string> = {}) {
  const world = await emailWorld(t, smtpUrl, variables)
  const { ask, registry, url } = await startInProcess(t, service, world.env)
  return { ...world, url, registry, ask: (path: string, method = 'GET') => ask(path, { method }) }
}

export type TestRequest = ReturnType<typeof testRequest>

export const someOrder = {
  order_number: 'ORD-000017',
  customer_name: 'Ana Núñez',
  items: [{ product_name: 'Portátil', quantity: 2, subtotal: { amount: '1999.98', currency: 'USD' } }],
  total_amount: { amount: '1999.98', currency: 'USD' },
}

/** A request as the relay sends it. */
export function testRequest(
  to: string,
  fields: Record<string, unknown> = {},
  { eventId = randomUUID(), headers = {} }: { eventId?: string; headers?: Record<string, string> } = {},
) {
  const id = randomUUID()
  const payload: Record<string, unknown> = {
    notification_id: id,
    channel: 'email',
    template: 'order_confirmed',
    to,
    data: someOrder,
    ...fields,
  }
  return {
    id: String(payload.notification_id),
    eventId,
    key: String(payload.notification_id),
    value: JSON.stringify(payload),
    headers: {
      ...headers,
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: notificationRequested.type,
      ce_source: '/relevo/orders',
      ce_time: new Date().toISOString(),
    },
  }
}
