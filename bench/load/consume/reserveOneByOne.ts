import type pg from 'pg'
import { oneByOne } from '../../sql/reservations.ts'
import type { ConsumeOptions, Stop } from './consumeContract.ts'
import { consumeEach } from './kafkajs.ts'

const partitionsAtOnce = 3
const deadlock = '40P01'

interface Command {
  readonly order_id: string
  readonly items: readonly { readonly product_id: number; readonly quantity: number }[]
}

/**
 * What many services do: a transaction for each message, which locks the products with `select … for update` in the
 * order of the lines, and is repeated after a deadlock.
 */
export function reserveOneByOne(options: ConsumeOptions): Promise<Stop> {
  return consumeEach(options, partitionsAtOnce, ({ value }, pool) => reserve(pool, JSON.parse(String(value))))
}

async function reserve(pool: pg.Pool, command: Command): Promise<void> {
  while (!(await tryToReserve(pool, command)));
}

/** Returns whether it came to an end. */
async function tryToReserve(pool: pg.Pool, command: Command): Promise<boolean> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await decide(client, command)
    await client.query('commit')
    return true
  } catch (error) {
    await client.query('rollback')
    if ((error as { code?: string }).code !== deadlock) throw error
    return false
  } finally {
    client.release()
  }
}

async function decide(client: pg.PoolClient, { order_id, items }: Command): Promise<void> {
  let enough = true
  for (const { product_id, quantity } of items) {
    const { rows } = await client.query({ name: 'lock', text: oneByOne.lock, values: [product_id] })
    enough &&= (rows[0]?.available ?? 0) >= quantity
  }
  const state = enough ? 'reserved' : 'refused'
  const values = [order_id, state, JSON.stringify(items)]
  const { rowCount } = await client.query({ name: 'decide', text: oneByOne.decide, values })
  if (rowCount === 0) return // it came before
  for (const { product_id, quantity } of enough ? items : []) {
    await client.query({ name: 'take', text: oneByOne.take, values: [product_id, quantity] })
    await client.query({ name: 'line', text: oneByOne.line, values: [order_id, product_id, quantity] })
  }
  const reply = [order_id, enough ? 'RESERVED' : 'INSUFFICIENT_STOCK', JSON.stringify({ order_id, items })]
  await client.query({ name: 'reply', text: oneByOne.reply, values: reply })
}
