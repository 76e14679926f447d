// What goes wrong with stock and reservations elsewhere, each as a test.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { command, inventoryHarness, item, takeIn } from './inventoryHarness.ts'

const types = (decisions: readonly { answer: { type: string } }[]) =>
  decisions.map(({ answer }) => answer.type)

test('trap 1, reply after time-out: what is reserved late is released exactly once, and the movements come to nothing', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(10)
  const order = randomUUID()
  const items = [item(product, 4)]
  const late = [command('RESERVE', order, { items }), command('RESERVE', order, { items, attempt: 2 })]
  assert.deepEqual(types(await h.take(...late, command('RELEASE', order))), [
    'RESERVED',
    'RESERVED',
    'RELEASED',
  ])
  assert.deepEqual(types(await h.take(command('RELEASE', order, { attempt: 2 }))), ['RELEASED'])
  assert.deepEqual(await h.stockOf(product), [10, 0])
  assert.equal((await h.pool.query('select from movement where order_id is not null')).rowCount, 0)
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 2, cancel overtakes reserve: the RELEASE leaves a tombstone, and the RESERVE behind it answers CANCELLED', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(10)
  const order = randomUUID()
  assert.deepEqual(types(await h.take(command('RELEASE', order))), ['RELEASED'])
  const reserve = command('RESERVE', order, { items: [item(product, 4)] })
  assert.deepEqual(types(await h.take(reserve)), ['CANCELLED'])
  assert.deepEqual(types(await h.take(reserve, command('COMMIT', order))), ['CANCELLED', 'CANCELLED'])
  assert.deepEqual(await h.stockOf(product), [10, 0])

  const purchase = randomUUID()
  assert.deepEqual(
    types(
      await h.take(command('RETURN', purchase), command('RECEIVE', purchase, { items: [item(product, 4)] })),
    ),
    ['RETURNED', 'CANCELLED'],
  )
  assert.deepEqual(await h.stockOf(product), [10, 0])
})

test('trap 3, duplicate and stale attempts: a command that comes again answers the same and echoes its own address', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(10)
  const [order, poor] = [randomUUID(), randomUUID()]
  const reserve = command('RESERVE', order, { items: [item(product, 4)] })
  const tooMuch = command('RESERVE', poor, { items: [item(product, 7)] })
  assert.deepEqual(types(await h.take(reserve, tooMuch)), ['RESERVED', 'INSUFFICIENT_STOCK'])
  const [first, refused] = await h.events('inventory.responses')
  await h.take(command('RELEASE', randomUUID()), { ...reserve, attempt: 2 }, { ...tooMuch, attempt: 3 })
  const [, , , again, refusedAgain] = await h.events('inventory.responses')
  assert.deepEqual(again.payload, { ...first.payload, attempt: 2 })
  assert.deepEqual(refusedAgain.payload, { ...refused.payload, attempt: 3 })
  assert.deepEqual(refused.payload.shortages, [{ product_id: product, requested: 7, available: 6 }])
  assert.deepEqual(await h.stockOf(product), [10, 4])

  const commit = command('COMMIT', order)
  assert.deepEqual(types(await h.take(commit, { ...commit, attempt: 2 }, reserve)), [
    'COMMITTED',
    'COMMITTED',
    'RESERVED',
  ])
  assert.deepEqual(await h.stockOf(product), [6, 0])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 8, undo of what never happened: a release of what was refused or never came is no-op, and reserved never below 0', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(3)
  const order = randomUUID()
  const reserve = command('RESERVE', order, { items: [item(product, 4)] })
  assert.deepEqual(types(await h.take(reserve, command('RELEASE', order), command('RELEASE', order))), [
    'INSUFFICIENT_STOCK',
    'RELEASED',
    'RELEASED',
  ])
  assert.deepEqual(types(await h.take(command('COMMIT', order), command('COMMIT', randomUUID()))), [
    'REJECTED',
    'REJECTED',
  ])
  assert.deepEqual(await h.stockOf(product), [3, 0])
  await assert.rejects(h.pool.query('update product set reserved_quantity = -1'), { code: '23514' })
  await assert.rejects(h.pool.query('update product set reserved_quantity = 4'), { code: '23514' })
})

test('trap 24, double release, and release against commit: one of them wins, and what left comes back once', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(100)
  const orders = Array.from({ length: 40 }, () => randomUUID())
  const items = [item(product, 2)]
  await h.take(...orders.map((order) => command('RESERVE', order, { items })))
  const races = orders.flatMap((order) => [
    () => takeIn(h.pool, [command('COMMIT', order)]),
    () => takeIn(h.pool, [command('RELEASE', order)]),
    () => takeIn(h.pool, [command('RELEASE', order, { attempt: 2 })]),
  ])
  await inLanes(races)
  assert.deepEqual(await h.stockOf(product), [100, 0])
  assert.deepEqual(await h.brokenLaws(), [])
  const states = await h.pool.query('select distinct state from reservation')
  assert.deepEqual(states.rows, [{ state: 'released' }])
})

/** Orders of two lines, half of them the other way round, and the first product twice. */
function crossedOrders(count: number, [a, b]: readonly [number, number]) {
  return Array.from({ length: count }, (_, n) => {
    const items = [item(a, 1), item(b, 2), item(a, 1)]
    return command('RESERVE', randomUUID(), { items: n % 2 ? items : items.toReversed() })
  })
}

for (const [trap, isolation] of [
  ['trap 23', 'read committed'],
  ['traps 23 and 25', 'repeatable read'],
] as const)
  test(`${trap}, 200 orders at once for 100 units, lines in opposite order, a product twice in one: just 100 at ${isolation}`, async (t) => {
    const h = await inventoryHarness(t)
    const [a, b] = [await h.product(100), await h.product(100)]
    const name = new URL(h.url).pathname.slice(1)
    await h.pool.query(`alter database ${name} set default_transaction_isolation = '${isolation}'`)
    await h.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [name],
    )
    const orders = crossedOrders(200, [a, b])
    const answers = await inLanes(orders.map((order) => () => repeatedly(() => h.take(order))))
    const given = answers.flatMap(types).filter((type) => type === 'RESERVED')
    assert.equal(given.length, 50)
    assert.deepEqual(await h.stockOf(a), [100, 100])
    assert.deepEqual(await h.stockOf(b), [100, 100])
    assert.deepEqual(await h.brokenLaws(), [])
  })

/** As many at once as the pool has connections: none waits for one. */
async function inLanes<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = []
  let next = 0
  async function runLane(): Promise<void> {
    for (let work = works[next++]; work; work = works[next++]) results.push(await work())
  }
  await Promise.all(Array.from({ length: 20 }, runLane))
  return results
}

/** The inbox repeats a transaction that Postgres ends with 40001; a deadlock would be 40P01, and is not to come. */
async function repeatedly<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const { code } = error as { code?: string }
      if (code !== '40001' && code !== '57P01') throw error
    }
  }
}

test('a batch that cannot have all of it gives to one order after the other: a smaller one behind a large one is served', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(10)
  const orders = [6, 6, 3, 2, 1].map((quantity) =>
    command('RESERVE', randomUUID(), { items: [item(product, quantity)] }),
  )
  assert.deepEqual(types(await h.take(...orders)), [
    'RESERVED',
    'INSUFFICIENT_STOCK',
    'RESERVED',
    'INSUFFICIENT_STOCK',
    'RESERVED',
  ])
  assert.deepEqual(await h.stockOf(product), [10, 10])
})

test('trap 23, all or nothing: an order of which one product is missing reserves nothing of the others', async (t) => {
  const h = await inventoryHarness(t)
  const [a, b] = [await h.product(10), await h.product(1)]
  const order = command('RESERVE', randomUUID(), { items: [item(a, 5), item(b, 2)] })
  assert.deepEqual(types(await h.take(order)), ['INSUFFICIENT_STOCK'])
  assert.deepEqual(
    [await h.stockOf(a), await h.stockOf(b)],
    [
      [10, 0],
      [1, 0],
    ],
  )
})

test('a batch locks a product once, and writes it once, however many orders want it', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(1_000)
  const before = await tuplesUpdated(h.pool)
  await h.take(
    ...Array.from({ length: 100 }, () => command('RESERVE', randomUUID(), { items: [item(product, 1)] })),
  )
  assert.equal((await tuplesUpdated(h.pool)) - before, 1)
  const changed = (await h.events('inventory.events')).filter(({ type }) => type === 'STOCK_CHANGED')
  assert.deepEqual(
    changed.map(({ payload }) => payload.reserved_quantity),
    [100],
  )
})

async function tuplesUpdated(pool: {
  query(sql: string): Promise<{ rows: { n: string }[] }>
}): Promise<number> {
  await pool.query('select pg_stat_force_next_flush()')
  const { rows } = await pool.query(
    "select n_tup_upd::text as n from pg_stat_user_tables where relname = 'product'",
  )
  return Number(rows[0]?.n)
}

test('trap 25, isolation and raw SQL: LOW_STOCK comes once per crossing, not once per order', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(10, { minStock: 4 })
  const order = (quantity: number) => command('RESERVE', randomUUID(), { items: [item(product, quantity)] })
  const low = async () =>
    (await h.events('inventory.events')).filter(({ type }) => type === 'LOW_STOCK').length
  const first = order(5)
  await h.take(order(2), order(2))
  assert.equal(await low(), 0)
  await h.take(first)
  assert.equal(await low(), 1)
  await h.take(order(1))
  assert.equal(await low(), 1)
  await h.take(command('RELEASE', first.orderId))
  await h.take(order(1))
  assert.equal(await low(), 2)
})

test('prices: another price, or another currency, rejects with the right one; a spelling of the same does not', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(10, { price: '99.90', sku: 'LAPTOP-001' })
  const reserve = (...items: ReturnType<typeof item>[]) => h.take(command('RESERVE', randomUUID(), { items }))
  const right = { amount: '99.90', currency: 'USD' }
  assert.deepEqual(types(await reserve(item(product, 1, '99.9'), item('LAPTOP-001', 1, '99.90'))), [
    'RESERVED',
  ])
  for (const [amount, currency] of [
    ['99.91', 'USD'],
    ['99.90', 'EUR'],
    ['0.99', 'USD'],
  ] as const) {
    assert.deepEqual(types(await reserve(item('LAPTOP-001', 1, amount, currency))), ['REJECTED'])
    const { payload } = (await h.events('inventory.responses')).at(-1) ?? {}
    assert.deepEqual(
      [payload.reason, payload.items],
      ['PRICE_CHANGED', [{ product_id: product, unit_price: right }]],
    )
  }
  assert.deepEqual(await h.stockOf(product), [10, 2])
})

test('an unknown product rejects the order and is named as it was asked for', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(10)
  const items = [item(product, 1), item('NOPE-1', 1), item(2 ** 40, 1)]
  assert.deepEqual(types(await h.take(command('RESERVE', randomUUID(), { items }))), ['REJECTED'])
  const { payload } = (await h.events('inventory.responses')).at(-1) ?? {}
  assert.equal(payload.reason, 'UNKNOWN_PRODUCT')
  assert.deepEqual(payload.items, [{ product_id: 'NOPE-1' }, { product_id: 2 ** 40 }])
  assert.deepEqual(await h.stockOf(product), [10, 0])
})

test('a purchase: its units come once, go back once, and not when they are spoken for', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(1)
  const [purchase, order] = [randomUUID(), randomUUID()]
  const receive = command('RECEIVE', purchase, { items: [item(product, 5, '3.00')] })
  assert.deepEqual(types(await h.take(receive, { ...receive, attempt: 2 })), ['RECEIVED', 'RECEIVED'])
  assert.deepEqual(await h.stockOf(product), [6, 0])
  await h.take(command('RESERVE', order, { items: [item(product, 3)] }))
  const refused = command('RETURN', purchase)
  assert.deepEqual(types(await h.take(refused)), ['REJECTED'])
  await h.take(command('RELEASE', order))
  assert.deepEqual(types(await h.take(refused)), ['REJECTED'], 'the saga was told that it is refused')
  assert.deepEqual(types(await h.take({ ...refused, attempt: 2 }, refused)), ['RETURNED', 'RETURNED'])
  assert.deepEqual(await h.stockOf(product), [1, 0])
  assert.deepEqual(types(await h.take(receive)), ['CANCELLED'])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('the same order with other items, or of the other type, is rejected without an effect', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(10)
  const order = randomUUID()
  await h.take(command('RESERVE', order, { items: [item(product, 1)] }))
  assert.deepEqual(
    types(
      await h.take(
        command('RESERVE', order, { items: [item(product, 2)] }),
        command('RECEIVE', order, { items: [item(product, 1)] }),
        command('RETURN', order),
      ),
    ),
    ['REJECTED', 'REJECTED', 'REJECTED'],
  )
  assert.deepEqual(await h.stockOf(product), [10, 1])
})

test('the public hears of each order once: processed when its units have left, rejected with the reason else', async (t) => {
  const h = await inventoryHarness(t)
  const product = await h.product(5)
  const [sold, refused, declined] = [randomUUID(), randomUUID(), randomUUID()]
  const reserve = (order: string, n: number) => command('RESERVE', order, { items: [item(product, n)] })
  await h.take(reserve(sold, 1), reserve(refused, 9), reserve(declined, 1))
  await h.take(command('COMMIT', sold), command('COMMIT', sold), command('RELEASE', refused))
  await h.take(command('RELEASE', declined, { reason: 'PAYMENT_DECLINED' }), command('RELEASE', declined))
  const news = (await h.events('order-processed')).map(({ key, payload }) => [
    key,
    payload.result,
    payload.reason,
  ])
  assert.deepEqual(news, [
    [refused, 'rejected', 'INSUFFICIENT_STOCK'],
    [sold, 'processed', undefined],
    [declined, 'rejected', 'PAYMENT_DECLINED'],
  ])
  const [, { payload }] = (await h.events('order-processed')) as [
    unknown,
    { payload: Record<string, unknown> },
  ]
  assert.deepEqual(payload, { order_id: sold, result: 'processed', items: [item(product, 1)] })
})
