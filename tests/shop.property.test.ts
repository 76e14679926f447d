// The laws of the shop, over whatever order its messages, time-outs, cancellations and crashes come in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Fault } from '../packages/saga/faultyPool.ts'
import type { NewOrder } from '../systems/bodies/placeOrder.ts'
import { type ShopWorld, shopWorld } from './support/shopWorld.ts'

const fault = fc.option(
  fc.record({
    at: fc.integer({ min: 1, max: 25 }),
    when: fc.constantFrom('before' as const, 'after' as const),
  }),
  { freq: 2 },
)

/** What happens: `place` chooses among what is there. */
const happening = fc.record({
  what: fc.constantFrom(
    'deliver',
    'deliver',
    'deliver',
    'deliver',
    'pay',
    'timeOut',
    'cancel',
    'place',
    'byHand',
    'pay',
  ),
  place: fc.nat(30),
  count: fc.integer({ min: 1, max: 6 }),
  again: fc.option(fc.constant(true), { freq: 3 }),
  fault,
})
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

async function product(world: ShopWorld, stock: number): Promise<number> {
  const sql = `
with p as (insert into product (name, description, price_minor, stock_quantity, min_stock_level)
  values ('Test', '', 1000, $1, 0) returning id),
m as (insert into movement (product_id, quantity_change, movement_type, stock_after) select id, $1, 'adjustment', $1 from p)
select id from p`
  return (await world.pools.inventory.query<{ id: number }>(sql, [stock])).rows[0]?.id ?? 0
}

/** Lines of two products, in either order; some customers are declined, and some orders are purchases. */
function someOrder(n: number, [a, b]: readonly [number, number]): NewOrder {
  const line = (productId: number, quantity: number) => {
    return { productId, productName: 'Test', quantity, unitMinor: n % 7 === 6 ? 999n : 1_000n }
  }
  const lines = [line(a, 1 + (n % 3)), line(b, 1), line(a, 1)]
  return {
    type: n % 4 === 3 ? 'buy' : 'sell',
    customerId: null,
    customerName: 'Test',
    customerEmail: n % 5 === 4 ? 'declined@test.com' : 'c@test.com',
    lines: n % 2 ? lines.toReversed() : lines,
  }
}

async function happen(
  world: ShopWorld,
  { what, place, count, again, fault }: Happening,
  run: { readonly products: readonly [number, number]; readonly orders: string[] },
): Promise<void> {
  const died: { fault?: Fault } = fault ? { fault } : {}
  if (what === 'deliver') await world.deliver(place, { count, again: again === true, ...died })
  else if (what === 'place') {
    const id = await world.place(someOrder(place, run.products), died.fault)
    if (id !== undefined) run.orders.push(id)
  } else if (what === 'pay') await world.pay(died.fault)
  else if (what === 'byHand') await removeByHand(world, run.products[place % 2] ?? 0)
  else if (what === 'timeOut') {
    const ids = await world.underWay()
    if (ids.length > 0) await world.timeOut([ids[place % ids.length] ?? ''], died.fault)
  } else {
    const id = run.orders[place % Math.max(run.orders.length, 1)]
    if (id !== undefined) await world.cancel(id, died.fault)
  }
}

/** As somebody does by the API: refused where less than is reserved would be left. */
async function removeByHand(world: ShopWorld, productId: number): Promise<void> {
  const sql = `
with p as (update product set stock_quantity = stock_quantity - 1
  where id = $1 and stock_quantity > reserved_quantity returning stock_quantity)
insert into movement (product_id, quantity_change, movement_type, stock_after) select $1, -1, 'damage', stock_quantity from p`
  await world.pools.inventory.query(sql, [productId])
}

test('the laws hold through any order of messages, time-outs, cancellations, repetitions and crashes', async (t) => {
  const world = await shopWorld(t)
  const run = fc.asyncProperty(
    fc.array(happening, { minLength: 5, maxLength: 30, size: 'max' }),
    async (happenings) => {
      const products = [await product(world, 8), await product(world, 5)] as const
      const orders: string[] = []
      for (const n of [0, 1, 3]) {
        const id = await world.place(someOrder(n, products))
        if (id !== undefined) orders.push(id)
      }
      for (const each of happenings) await happen(world, each, { products, orders })
      await world.quiet()
      assert.deepEqual(await world.broken(), [])
    },
  )
  await fc.assert(run, { numRuns: 15 })
})

test('200 orders at once for 100 units, their two products in opposite order: exactly 100 are reserved', async (t) => {
  const world = await shopWorld(t)
  const products = [await product(world, 100), await product(world, 100)] as const
  const order = (n: number): NewOrder => {
    const lines = products.map((productId) => ({
      productId,
      productName: 'x',
      quantity: 1,
      unitMinor: 1_000n,
    }))
    const customer = { customerId: null, customerName: 'Test', customerEmail: 'c@test.com' }
    return { type: 'sell', ...customer, lines: n % 2 ? lines.toReversed() : lines }
  }
  // As many at a time as there are connections.
  for (let n = 0; n < 200; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, m) => world.place(order(n + m))))
  await world.quiet()
  const { rows } = await world.pools.orders.query(
    'select status, count(*)::int as orders from orders group by status order by status',
  )
  assert.deepEqual(rows, [
    { status: 'CANCELLED', orders: 100 },
    { status: 'CONFIRMED', orders: 100 },
  ])
  const { rows: stock } = await world.pools.inventory.query(
    'select stock_quantity, reserved_quantity from product order by id',
  )
  assert.deepEqual(stock, [
    { stock_quantity: 0, reserved_quantity: 0 },
    { stock_quantity: 0, reserved_quantity: 0 },
  ])
  assert.deepEqual(await world.broken(), [])
})
