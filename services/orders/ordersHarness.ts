import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { inTransaction } from '@relevo/kit'
import { type AnySaga, createSagas, type ReplyEvent, readSaga } from '@relevo/saga'
import {
  afterTest,
  eventually,
  type HttpClient,
  silent,
  startInProcess,
  testDatabase,
  testTopic,
} from '@relevo/testing'
import type pg from 'pg'
import { Registry } from 'prom-client'
import type { NewOrder } from '../../systems/bodies/placeOrder.ts'
import { orderLaws } from '../../systems/shop/laws.ts'
import { advanceOrder, cancelOrder } from './commands/changeStatus.ts'
import { placeOrder } from './commands/placeOrder.ts'
import { database } from './database.ts'
import { service } from './main.ts'
import { createOrders } from './orders.ts'
import { findOrder } from './sql/findOrder.ts'

/** A command to a participant, as the outbox has it. */
export interface SentCommand {
  readonly type: string
  readonly topic: string
  // biome-ignore lint/suspicious/noExplicitAny: payloads of several contracts, checked by the assertions
  readonly payload: any
}

/** A new database of the orders, and ways to look at it. Closed with the test. */
export async function ordersHarness(t: TestContext) {
  const { url, pool } = await testDatabase(t, database.migrations)

  /** The recorded events in the order of their commits. */
  const events = async (topic?: string, key?: string) => {
    const sql = `select topic, key, type, headers, payload, event_id from outbox.event
      where topic = coalesce($1, topic) and key = coalesce($2, key) order by id`
    return (await pool.query(sql, [topic ?? null, key ?? null])).rows
  }

  /** The last command of a type about an order. */
  async function lastCommand(type: string, orderId: string): Promise<SentCommand> {
    const all = (await events(undefined, orderId)).filter((event) => event.type === type)
    const command = all.at(-1)
    if (!command) throw new Error(`No ${type} for ${orderId}`)
    return command
  }

  return {
    url,
    pool,
    events,
    lastCommand,
    /** The notifications that were requested about an order. */
    told: async (orderId: string) =>
      (await events('notifications.requests')).filter(({ payload }) => payload.order_id === orderId),
    /** The types of the events of an order on a topic. */
    types: async (topic: string, orderId: string) =>
      (await events(topic, orderId)).map(({ type }) => type as string),
    brokenLaws: () => findBroken(pool),
    inTransaction: <T>(work: (client: pg.PoolClient) => Promise<T>) => inTransaction(pool, work),
  }
}

async function findBroken(pool: pg.Pool): Promise<string[]> {
  const found: string[] = []
  for (const { violations } of orderLaws)
    found.push(...(await pool.query<{ broken: string }>(violations)).rows.map(({ broken }) => broken))
  return found
}

export type RunningOrders = Awaited<ReturnType<typeof runningOrders>>

const replyFields: Readonly<Record<string, object>> = {
  RESERVED: { items: [] },
  INSUFFICIENT_STOCK: { shortages: [{ product_id: 1, requested: 1000, available: 50 }] },
  CHARGED: { payment_id: 1, amount: { amount: '1.00', currency: 'USD' } },
  DECLINED: { reason: 'CUSTOMER_DECLINED' },
  REJECTED: { reason: 'UNITS_RESERVED', shortages: [{ product_id: 1, requested: 2, available: 1 }] },
}

/** The orders as their process runs them, on topics of their own; the test plays the participants. */
export async function runningOrders(t: TestContext, env: Record<string, string> = {}) {
  const harness = await ordersHarness(t)
  const [inventory, payments] = [await testTopic(t), await testTopic(t)]
  const running = await startInProcess(t, service, {
    DATABASE_URL: harness.url,
    KAFKA_BROKERS: inventory.kafka.brokers.join(','),
    KAFKA_TOPIC: `${inventory.topic},${payments.topic}`,
    KAFKA_GROUP_ID: `group-${randomUUID()}`,
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
    // The tests say when a step times out.
    STEP_TIMEOUT_MS: '3600000',
    FORWARD_TIMEOUT_MS: '3600000',
    ...env,
  })
  const { ask, until } = running

  /** A participant's answer to the last command of a type about an order, or to an earlier attempt. */
  async function reply(
    commandType: string,
    orderId: string,
    type: string,
    more: Record<string, unknown> = {},
  ): Promise<void> {
    const { payload } = await harness.lastCommand(commandType, orderId)
    const { saga_id, step, attempt } = payload
    const value = { saga_id, step, attempt, order_id: orderId, ...replyFields[type], ...more }
    const { topic } = commandType === 'CHARGE' || commandType === 'REFUND' ? payments : inventory
    await inventory.producer.send([toRecord(topic, type, value, orderId)])
  }

  /** The command once it is sent, for an order that has got that far. */
  const sent = (type: string, orderId: string, times = 1) =>
    eventually(
      async () =>
        (await harness.events(undefined, orderId)).filter((event) => event.type === type).length >= times,
      `${type} for ${orderId}`,
    )

  const put = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const remove = (path: string, headers: Record<string, string> = { prefer: 'wait=0' }) =>
    ask(path, { method: 'DELETE', headers })
  const has = (id: string, status: string) => until(`/orders/${id}`, (body) => body.status === status)

  /** The id of an order that was placed after the one given, once it is there. */
  const newest = async (after: string): Promise<string> => {
    const look = async () => (await ask('/orders?limit=1')).body.orders[0]
    return (await eventually(async () => (await look()).id !== after && (await look()))).id
  }

  return {
    ...harness,
    ...running,
    newest,
    reply,
    sent,
    put,
    remove,
    has,
    topics: [inventory.topic, payments.topic],
  }
}

function toRecord(topic: string, type: string, value: object, key: string, eventId: string = randomUUID()) {
  return {
    topic,
    key,
    value: JSON.stringify(value),
    headers: {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: type,
      ce_source: '/test',
      ce_time: '2026-01-15T10:30:00Z',
    },
  }
}

/** What the seed sends. */
export const seedOrder = {
  order_type: 'sell',
  customer_name: 'Cliente Test',
  customer_email: 'cliente@test.com',
  items: [{ product_id: 1, product_name: 'Producto Test', quantity: 2, unit_price: 99.99 }],
}

/** Places an order; returns its id. */
export async function place({ post }: Pick<HttpClient, 'post'>, order: object = seedOrder): Promise<string> {
  const { status, body, text } = await post('/orders', order)
  if (status !== 201) throw new Error(text)
  return body.id
}

/** A sale as far as it goes: reserved, charged, confirmed, and committed unless `open`. */
export async function confirmedSale(h: RunningOrders, open = false): Promise<string> {
  const id = await place(h)
  await h.reply('RESERVE', id, 'RESERVED')
  await h.sent('CHARGE', id)
  await h.reply('CHARGE', id, 'CHARGED')
  await h.has(id, 'CONFIRMED')
  if (open) return id
  await h.reply('COMMIT', id, 'COMMITTED')
  await h.until(`/orders/${id}/saga`, ({ status }) => status === 'completed')
  return id
}

const patience = { timeoutMs: 3_600_000, attempts: 2, forwardTimeoutMs: 3_600_000, stuckAfter: 5 }

/** What is ordered unless a test says otherwise. */
export const someOrder: NewOrder = {
  type: 'sell',
  customerId: null,
  customerName: 'Cliente Test',
  customerEmail: 'cliente@test.com',
  lines: [{ productId: 1, productName: 'Producto Test', quantity: 2, unitMinor: 9_999n }],
}

/** The commands and sagas of the orders without process and Kafka: the test takes each reply into a transaction. */
export async function ordersByHand(t: TestContext) {
  const harness = await ordersHarness(t)
  const { pool } = harness
  const orders = createOrders({ patience, currency: 'USD', logger: silent })
  const start = (definitions: readonly AnySaga[]) => {
    const registry = new Registry()
    const sagas = createSagas({ pool, definitions, registry, logger: silent, pollMs: 20 })
    afterTest(t, () => sagas.stop())
    return sagas
  }
  const sagas = start(orders.definitions)

  /** A participant's answer to an attempt of a command, the last one unless it is given, as a record of Kafka. */
  async function answer(commandType: string, orderId: string, type: string, attempt?: number) {
    const { payload } = await harness.lastCommand(commandType, orderId)
    const { saga_id, step } = payload
    const data = {
      saga_id,
      step,
      attempt: attempt ?? payload.attempt,
      order_id: orderId,
      ...replyFields[type],
    }
    return { id: randomUUID(), type, data }
  }
  const take = (...events: ReplyEvent[]) => inTransaction(pool, (client) => sagas.take(client, events))

  return {
    ...harness,
    orders,
    sagas,
    startSagas: start,
    answer,
    take,
    place: (order = someOrder, on = pool) =>
      inTransaction(on, (client) => placeOrder(client, orders, order).then(({ id }) => id)),
    reply: async (...args: Parameters<typeof answer>) => take(await answer(...args)),
    cancel: (orderId: string) =>
      inTransaction(pool, (client) => cancelOrder(client, orders, orderId, undefined)),
    advance: (orderId: string, target: 'SHIPPED' | 'DELIVERED') =>
      inTransaction(pool, (client) => advanceOrder(client, orders, orderId, target)),
    order: async (orderId: string) => {
      const row = await findOrder(pool, orderId)
      if (!row) throw new Error(`no order ${orderId}`)
      return row
    },
    status: async (orderId: string) => (await findOrder(pool, orderId))?.status,
    saga: async (orderId: string) => {
      const row = await findOrder(pool, orderId)
      const saga = row && (await readSaga(pool, row.saga_id))
      if (!saga) throw new Error(`no saga of ${orderId}`)
      return saga
    },
    /** The time of what the order's saga waits for is over. */
    timeOut: async (orderId: string) => {
      await pool.query(
        "update saga.timer t set due_at = clock_timestamp() - interval '1 s' from orders o where o.id = $1 and t.saga_id = o.saga_id",
        [orderId],
      )
      sagas.wake()
    },
  }
}
