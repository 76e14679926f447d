import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { InboxTransaction } from '@relevo/inbox'
import { inTransaction } from '@relevo/kit'
import { startInProcess, testDatabase, testTopic } from '@relevo/testing'
import type pg from 'pg'
import { inventoryLaws } from '../../systems/shop/laws.ts'
import { database } from './database.ts'
import type { Command, Decision } from './domain/command.ts'
import { takeCommands } from './handleCommands.ts'
import { service } from './main.ts'

/** A new database of the inventory, and ways to fill it and to look at it. Closed with the test. */
export async function inventoryHarness(t: TestContext) {
  const { url, pool } = await testDatabase(t, database.migrations)

  /** The recorded events in the order of their commits. */
  const events = async (topic?: string) => {
    const sql =
      'select topic, key, type, headers, payload from outbox.event where topic = coalesce($1, topic) order by id'
    return (await pool.query(sql, [topic ?? null])).rows
  }

  return {
    url,
    pool,
    events,
    /** Takes commands in one transaction. */
    take: (...commands: readonly Command[]) => takeIn(pool, commands),
    /** Makes a product with stock; returns its number. */
    async product(
      stock: number,
      more: { sku?: string; price?: string; minStock?: number } = {},
    ): Promise<number> {
      const sql = `
with p as (insert into product (sku, name, description, price_minor, stock_quantity, min_stock_level)
  values ($1, 'Test', '', round($2::numeric * 100), $3, $4) returning id),
m as (insert into movement (product_id, quantity_change, movement_type, stock_after)
  select id, $3, 'adjustment', $3 from p where $3 > 0)
select id from p`
      const values = [more.sku ?? null, more.price ?? '10.00', stock, more.minStock ?? 0]
      return (await pool.query<{ id: number }>(sql, values)).rows[0]?.id ?? 0
    },
    /** Stock and what is reserved of it. */
    async stockOf(id: number): Promise<[number, number]> {
      const sql = 'select stock_quantity, reserved_quantity from product where id = $1'
      const [row] = (await pool.query(sql, [id])).rows
      return [row.stock_quantity, row.reserved_quantity]
    },
    brokenLaws: () => findBroken(pool),
  }
}

export async function takeIn(pool: pg.Pool, commands: readonly Command[]): Promise<readonly Decision[]> {
  const work = (client: pg.PoolClient) => takeCommands(client as InboxTransaction, commands, 'USD')
  return (await inTransaction(pool, work)).decisions
}

async function findBroken(pool: pg.Pool): Promise<string[]> {
  const found: string[] = []
  for (const { violations } of inventoryLaws)
    found.push(...(await pool.query<{ broken: string }>(violations)).rows.map(({ broken }) => broken))
  return found
}

/** The inventory as its process runs it, on a topic of its own. */
export async function runningInventory(t: TestContext, env: Record<string, string> = {}) {
  const harness = await inventoryHarness(t)
  const { topic, kafka, producer, admin } = await testTopic(t)
  const groupId = `group-${randomUUID()}`
  const running = await startInProcess(t, service, {
    DATABASE_URL: harness.url,
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPIC: topic,
    KAFKA_GROUP_ID: groupId,
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
    ...env,
  })
  const { ask, post } = running

  /** Sends commands as the relay does. */
  async function send(commands: readonly Command[], eventIds: readonly string[] = []): Promise<void> {
    await producer.send(commands.map((command, n) => toRecord(topic, command, eventIds[n])))
  }
  const put = (path: string, body: unknown) =>
    ask(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { ...harness, ...running, ask, post, put, send, admin, topic, groupId, producer }
}

function toRecord(topic: string, command: Command, eventId: string = randomUUID()) {
  const { type, sagaId: saga_id, step, attempt, orderId: order_id, items, reason } = command
  return {
    topic,
    key: order_id,
    value: JSON.stringify({ saga_id, step, attempt, order_id, items, reason }),
    headers: {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: type,
      ce_source: '/test',
      ce_time: '2026-01-15T10:30:00Z',
    },
  }
}

/** A command of an order's saga. */
export function command(
  type: Command['type'],
  orderId: string,
  more: Partial<Pick<Command, 'items' | 'attempt' | 'reason' | 'sagaId'>> = {},
): Command {
  const step = type === 'COMMIT' ? 'commit' : 'reserve'
  return { type, sagaId: orderId, step, attempt: 1, orderId, ...more }
}

/** A line of an order at the price that the harness gives its products. */
export function item(product_id: number | string, quantity: number, amount = '10.00', currency = 'USD') {
  return { product_id, quantity, unit_price: { amount, currency } }
}
