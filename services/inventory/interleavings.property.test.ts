import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { InboxTransaction } from '@relevo/inbox'
import fc from 'fast-check'
import type pg from 'pg'
import { checkLaws } from '../../proof/checkLaws.ts'
import { inventoryLaws } from '../../systems/shop/laws.ts'
import type { Command } from './domain/command.ts'
import { takeCommands } from './handleCommands.ts'
import { command, inventoryHarness, item } from './inventoryHarness.ts'

const types = ['RESERVE', 'RESERVE', 'RELEASE', 'COMMIT', 'RECEIVE', 'RETURN'] as const

/** A step of one of a few orders on two products; `dies`: the statement after which the process is gone. */
const step = fc.record({
  order: fc.nat(5),
  type: fc.constantFrom(...types),
  attempt: fc.integer({ min: 1, max: 3 }),
  reversed: fc.boolean(),
  dies: fc.option(fc.nat(9), { freq: 3 }),
  batched: fc.boolean(),
})
const byHand = fc.record({ product: fc.nat(1), change: fc.integer({ min: -6, max: 6 }) })

class Died extends Error {}

/** Lets so many statements through, and then none. */
function dying(client: pg.PoolClient, statements: number): InboxTransaction {
  let left = statements
  const query = (...args: Parameters<InboxTransaction['query']>) => {
    if (left-- <= 0) throw new Died()
    return client.query(...(args as [string, unknown[]]))
  }
  return { query: query as InboxTransaction['query'] }
}

/** Takes a batch; a process that dies in it leaves nothing, and the batch is delivered again. */
async function takeThrough(pool: pg.Pool, commands: readonly Command[], dies: number | null): Promise<void> {
  for (const statements of dies === null ? [Infinity] : [dies, Infinity]) {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await takeCommands(dying(client, statements), commands, 'USD')
      await client.query('commit')
      return
    } catch (error) {
      await client.query('rollback')
      if (!(error instanceof Died)) throw error
    } finally {
      client.release()
    }
  }
}

test('the laws hold through any order of commands, repetitions, crashes and changes by hand', async (t) => {
  const h = await inventoryHarness(t)
  const run = fc.asyncProperty(
    fc.array(fc.oneof({ weight: 4, arbitrary: step }, { weight: 1, arbitrary: byHand }), { maxLength: 25 }),
    async (steps) => {
      const products = [await h.product(8), await h.product(5)] as const
      const orders = Array.from({ length: 6 }, () => randomUUID())
      let batch: Command[] = []
      for (const each of steps) {
        if ('change' in each) {
          await moveByHand(h.pool, products[each.product] ?? 0, each.change)
          continue
        }
        batch.push(toCommand(each, orders, products))
        if (each.batched) continue
        await takeThrough(h.pool, batch, each.dies)
        batch = []
      }
      await takeThrough(h.pool, batch, null)
      assert.deepEqual(await h.brokenLaws(), [])
    },
  )
  await fc.assert(run, { numRuns: 40 })
})

function toCommand(
  {
    order,
    type,
    attempt,
    reversed,
  }: { order: number; type: Command['type']; attempt: number; reversed: boolean },
  orders: readonly string[],
  [a, b]: readonly [number, number],
): Command {
  const lines = [item(a, (order % 3) + 1), item(b, 1), item(a, 1)]
  const items = reversed && order % 2 ? lines.toReversed() : lines
  const more = type === 'RESERVE' || type === 'RECEIVE' ? { items, attempt } : { attempt }
  return command(type, orders[order] ?? '', more)
}

/** As the API does: refused, and nothing else, where less than is reserved would be left. */
async function moveByHand(pool: pg.Pool, product: number, change: number): Promise<void> {
  if (change === 0) return
  const sql = `
with p as (update product set stock_quantity = stock_quantity + $2
  where id = $1 and stock_quantity + $2 >= reserved_quantity returning stock_quantity)
insert into movement (product_id, quantity_change, movement_type, stock_after)
select $1, $2, 'adjustment', stock_quantity from p`
  await pool.query(sql, [product, change])
}

test('the check finds what breaks each law', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(10)
  await h.take(command('RESERVE', randomUUID(), { items: [item(product, 4)] }))
  assert.deepEqual(await h.brokenLaws(), [])
  for (const harm of [
    'update product set stock_quantity = stock_quantity + 1',
    'update product set reserved_quantity = reserved_quantity - 1',
    "update reservation set state = 'committed'",
    'update movement set order_id = (select order_id from reservation)',
  ]) {
    const client = await h.pool.connect()
    await client.query('begin')
    await client.query(harm)
    const found = await brokenIn(client)
    await client.query('rollback')
    client.release()
    assert.ok(found > 0, harm)
  }
})

async function brokenIn(client: pg.PoolClient): Promise<number> {
  return (await checkLaws(inventoryLaws, { inventory: client })).length
}
