import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import { confirmedSale, place, runningOrders, seedOrder } from './ordersHarness.ts'

// The first test has all orders that are there; the others leave alone what is not theirs.
const running = forAllTests((t) => runningOrders(t))

test('statistics count by status and type, and add up revenue', async () => {
  const h = running()
  assert.equal((await h.ask('/orders/stats')).body.conversion_rate, null)
  const first = await confirmedSale(h)
  assert.equal((await h.ask(`/orders/${first}`)).body.order_number, 'ORD-000001')
  const lost = await place(h)
  await h.reply('RESERVE', lost, 'INSUFFICIENT_STOCK')
  await h.has(lost, 'CANCELLED')
  await place(h, { ...seedOrder, items: [{ product_id: 1, quantity: 1, unit_price: 0.05 }] })
  await place(h, { ...seedOrder, order_type: 'buy' })
  const stats = await h.until(
    '/orders/stats',
    ({ total_orders, by_status }) =>
      total_orders === 4 && by_status.PENDING === 2 && by_status.CONFIRMED === 1 && by_status.CANCELLED === 1,
  )
  assert.deepEqual(stats.revenue, { confirmed: 199.98, pending: 0.05, lost: 199.98 })
  assert.deepEqual([stats.average_value, stats.conversion_rate], [133.34, 33.33])
  assert.deepEqual(stats.by_type.buy, { PENDING: 1, CONFIRMED: 0, SHIPPED: 0, DELIVERED: 0, CANCELLED: 0 })
})

test("the seed's order: placed, reserved, charged, confirmed, committed, and the customer is told", async () => {
  const h = running()
  const placed = await h.post('/orders', seedOrder)
  assert.equal(placed.status, 201)
  const { id, order_number, created_at, updated_at } = placed.body
  assert.match(order_number, /^ORD-\d{6}$/)
  assert.equal(placed.headers.get('location'), `/orders/${id}`)
  assert.deepEqual(placed.body, {
    id,
    order_number,
    order_type: 'sell',
    status: 'PENDING',
    customer_id: null,
    customer_name: 'Cliente Test',
    customer_email: 'cliente@test.com',
    items: [
      { product_id: 1, product_name: 'Producto Test', quantity: 2, unit_price: 99.99, subtotal: 199.98 },
    ],
    total_amount: 199.98,
    currency: 'USD',
    created_at,
    updated_at,
    version: 1,
  })
  assert.deepEqual((await h.ask(`/orders/${id}`)).body, placed.body)

  await h.reply('RESERVE', id, 'RESERVED')
  await h.sent('CHARGE', id)
  await h.reply('CHARGE', id, 'CHARGED')
  assert.equal((await h.has(id, 'CONFIRMED')).version, 2)
  await h.reply('COMMIT', id, 'COMMITTED')
  const saga = await h.until(`/orders/${id}/saga`, ({ status }) => status === 'completed')
  assert.deepEqual(
    Object.entries(saga.steps).map(([name, step]) => `${name} ${(step as { status: string }).status}`),
    ['reserve done', 'charge done', 'confirm done', 'commit done', 'notify done'],
  )

  assert.deepEqual(await h.types('orders.events', id), ['ORDER_CREATED', 'ORDER_CONFIRMED'])
  assert.deepEqual(await h.types('inventory.requests', id), ['RESERVE', 'COMMIT'])
  assert.deepEqual(await h.types('payments.requests', id), ['CHARGE'])
  assert.deepEqual(await h.types('order-created', id), ['order-created'])
  const [told, ...others] = await h.told(id)
  assert.deepEqual(others, [])
  assert.deepEqual([told.payload.template, told.payload.to], ['order_confirmed', 'cliente@test.com'])
  assert.equal(told.key, told.payload.notification_id)
  const history = (await h.ask(`/orders/${id}/history`)).body
  assert.deepEqual(
    history.events.map(({ version, type }: Record<string, unknown>) => [version, type]),
    [
      [1, 'ORDER_CREATED'],
      [2, 'ORDER_CONFIRMED'],
    ],
  )
  assert.deepEqual(await h.brokenLaws(), [])
})

test("the other seed's order names a customer and sells by SKU; without an address nobody is told", async () => {
  const h = running()
  const { status, body } = await h.post('/orders', {
    customer_id: 'customer-123',
    items: [
      { product_id: 'LAPTOP-001', quantity: 2, price: 999.99 },
      { product_id: 'MOUSE-001', quantity: 1, price: 29.99 },
    ],
  })
  assert.equal(status, 201)
  assert.deepEqual(
    [body.order_type, body.customer_id, body.customer_email, body.total_amount],
    ['sell', 'customer-123', null, 2029.97],
  )
  const { payload } = await h.lastCommand('RESERVE', body.id)
  assert.deepEqual(payload.items, [
    { product_id: 'LAPTOP-001', quantity: 2, unit_price: { amount: '999.99', currency: 'USD' } },
    { product_id: 'MOUSE-001', quantity: 1, unit_price: { amount: '29.99', currency: 'USD' } },
  ])
  await h.reply('RESERVE', body.id, 'INSUFFICIENT_STOCK')
  const cancelled = await h.has(body.id, 'CANCELLED')
  assert.deepEqual(cancelled.cancellation, {
    reason: 'INSUFFICIENT_STOCK',
    detail: 'product 1: 1000 requested, 50 available',
  })
  assert.deepEqual(await h.told(body.id), [])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('a declined payment releases what is reserved, and the customer is told why', async () => {
  const h = running()
  const id = await place(h)
  await h.reply('RESERVE', id, 'RESERVED')
  await h.sent('CHARGE', id)
  await h.reply('CHARGE', id, 'DECLINED')
  await h.sent('RELEASE', id)
  assert.equal((await h.ask(`/orders/${id}`)).body.status, 'PENDING')
  await h.reply('RELEASE', id, 'RELEASED')
  const { cancellation } = await h.has(id, 'CANCELLED')
  assert.deepEqual(cancellation, { reason: 'PAYMENT_DECLINED', detail: 'CUSTOMER_DECLINED' })
  const [told] = await h.told(id)
  assert.deepEqual([told.payload.template, told.payload.data.reason], ['order_cancelled', 'PAYMENT_DECLINED'])
  assert.deepEqual(await h.types('payments.requests', id), ['CHARGE'])
})

test('a purchase is received and confirmed; one whose units are promised to others stays, and DELETE says why', async () => {
  const h = running()
  const id = await place(h, { ...seedOrder, order_type: 'buy' })
  await h.reply('RECEIVE', id, 'RECEIVED')
  await h.has(id, 'CONFIRMED')
  const answer = h.remove(`/orders/${id}`, { prefer: 'wait=30' })
  await h.sent('RETURN', id)
  await h.reply('RETURN', id, 'REJECTED')
  const { status, body } = await answer
  assert.equal(status, 409)
  assert.match(body.detail, /is CONFIRMED and stays so.*UNITS_RESERVED: product 1: 2 requested, 1 available/)
  assert.equal((await h.ask(`/orders/${id}`)).body.status, 'CONFIRMED')

  const again = h.remove(`/orders/${id}`, { prefer: 'wait=30' })
  await h.sent('RETURN', id, 2)
  await h.reply('RETURN', id, 'RETURNED')
  assert.equal((await again).status, 200)
  assert.deepEqual((await again).body.cancellation, { reason: 'CUSTOMER_REQUEST' })
  assert.deepEqual(await h.brokenLaws(), [])
})

test('a purchase that is cancelled before it is confirmed, and whose units were sold meanwhile, is confirmed after all', async () => {
  const h = running()
  const id = await place(h, { ...seedOrder, order_type: 'buy' })
  const answer = h.remove(`/orders/${id}`, { prefer: 'wait=30' })
  await h.sent('RETURN', id)
  await h.reply('RETURN', id, 'REJECTED')
  const { status, body } = await answer
  assert.equal(status, 409)
  assert.match(body.detail, /is CONFIRMED and stays so.*UNITS_RESERVED/)
  assert.equal((await h.ask(`/orders/${id}/saga`)).body.status, 'completed')
})

test('a saga that an operator gives up while its cancellation is waited for: DELETE says so', async () => {
  const h = running()
  const id = await place(h)
  const answer = h.remove(`/orders/${id}`, { prefer: 'wait=30' })
  await h.sent('RELEASE', id)
  const { id: sagaId } = (await h.ask(`/orders/${id}/saga`)).body
  assert.ok((await h.post(`/sagas/${sagaId}/give-up`, { reason: 'test' })).status < 300)
  for (const { status, body } of [await answer, await h.remove(`/orders/${id}`)]) {
    assert.equal(status, 409)
    assert.match(body.detail, /given up by an operator/)
  }
})

test('a confirmed sale is cancelled until it is shipped: refunded, and its units brought back', async () => {
  const h = running()
  const id = await confirmedSale(h)
  const first = await h.remove(`/orders/${id}`)
  assert.deepEqual([first.status, first.body.status], [202, 'CONFIRMED'])
  const ship = await h.put(`/orders/${id}/status`, { status: 'SHIPPED' })
  assert.equal(ship.status, 409)
  assert.match(ship.body.detail, /being cancelled/)
  await h.reply('REFUND', id, 'REFUNDED')
  await h.sent('RELEASE', id)
  await h.reply('RELEASE', id, 'RELEASED')
  await h.has(id, 'CANCELLED')
  assert.equal((await h.remove(`/orders/${id}`)).status, 200)

  const other = await confirmedSale(h)
  assert.equal((await h.put(`/orders/${other}/status`, { status: 'SHIPPED' })).body.status, 'SHIPPED')
  assert.equal((await h.put(`/orders/${other}/status`, { status: 'SHIPPED' })).status, 200)
  const { status, body } = await h.remove(`/orders/${other}`)
  assert.deepEqual([status, body.detail], [409, `Order ${other} is SHIPPED. Allowed: DELIVERED.`])
  assert.equal((await h.put(`/orders/${other}/status`, { status: 'DELIVERED' })).body.version, 4)
  assert.match(
    (await h.put(`/orders/${other}/status`, { status: 'CANCELLED' })).body.detail,
    /is DELIVERED\. Nothing is allowed any more/,
  )
  assert.deepEqual(await h.brokenLaws(), [])
})

test('PUT names what the status allows', async () => {
  const h = running()
  const id = await place(h)
  for (const status of ['SHIPPED', 'DELIVERED', 'CONFIRMED']) {
    const answer = await h.put(`/orders/${id}/status`, { status })
    assert.deepEqual(
      [answer.status, answer.body.detail],
      [409, `Order ${id} is PENDING. Allowed: CANCELLED.`],
    )
  }
  assert.equal((await h.put(`/orders/${id}/status`, { status: 'PENDING' })).status, 200)
  const cancelled = h.put(
    `/orders/${id}/status`,
    { status: 'CANCELLED', reason: 'changed my mind' },
    { prefer: 'wait=30' },
  )
  await h.sent('RELEASE', id)
  await h.reply('RELEASE', id, 'RELEASED')
  assert.deepEqual((await cancelled).body.cancellation, {
    reason: 'CUSTOMER_REQUEST',
    detail: 'changed my mind',
  })
  for (const path of [
    `/orders/${randomUUID()}`,
    `/orders/${randomUUID()}/history`,
    `/orders/${randomUUID()}/saga`,
  ])
    assert.equal((await h.ask(path)).status, 404, path)
  assert.equal((await h.put(`/orders/${randomUUID()}/status`, { status: 'SHIPPED' })).status, 404)
  assert.equal((await h.remove(`/orders/${randomUUID()}`)).status, 404)
})

test('Prefer: wait answers when the saga has ended, and at the latest after its time', async () => {
  const h = running()
  const order = { ...seedOrder, customer_email: `${randomUUID()}@test.com` }
  const late = await h.post('/orders', order, { prefer: 'respond-async, wait=0' })
  assert.deepEqual([late.status, late.body.status], [201, 'PENDING'])
  assert.equal(late.headers.get('preference-applied'), 'wait=0')
  const key = { 'idempotency-key': randomUUID() }
  const waited = h.post('/orders', order, { prefer: 'wait=30', ...key })
  const id = await h.newest(late.body.id)
  await h.reply('RESERVE', id, 'INSUFFICIENT_STOCK')
  assert.deepEqual([(await waited).status, (await waited).body.status], [201, 'CANCELLED'])
  const repeated = await h.post('/orders', order, key)
  assert.deepEqual([repeated.status, repeated.body.id, repeated.body.status], [201, id, 'PENDING'])
  assert.equal((await h.ask(`/orders?customer_email=${order.customer_email}`)).body.count, 2)
})

test('amounts are exact: every digit that is sent comes back', async () => {
  const h = running()
  const send = (quantity: string, price: string) =>
    h.post(
      '/orders',
      `{"customer_id":"c","items":[{"product_id":1,"quantity":${quantity},"unit_price":${price}}]}`,
    )
  for (const [quantity, price, total] of [
    ['3', '0.1', '0.30'],
    ['1', '999999999999.99', '999999999999.99'],
    ['1e0', '1e2', '100.00'],
    ['1000000', '0.01', '10000.00'],
    ['1', '0', '0.00'],
  ] as const) {
    const { status, text, body } = await send(quantity, price)
    assert.deepEqual([status, /"total_amount":([\d.]+),/.exec(text)?.[1]], [201, total])
    const again = await h.ask(`/orders/${body.id}`)
    assert.equal(again.text, text)
  }
})

test('lists are filtered and read in pages', async () => {
  const h = running()
  const ids: string[] = []
  for (let n = 0; n < 5; n++)
    ids.unshift(
      await place(h, {
        ...seedOrder,
        order_type: n === 4 ? 'buy' : 'sell',
        customer_email: `c${n % 2}@test.com`,
      }),
    )
  const mine = `from=${(await h.ask(`/orders/${ids.at(-1)}`)).body.created_at}`
  const found = async (query: string) =>
    (await h.ask(`/orders?${query}`)).body.orders.map(({ id }: { id: string }) => id)
  const page = (await h.ask('/orders?limit=2')).body
  assert.deepEqual([page.count, page.orders.map(({ id }: { id: string }) => id)], [2, ids.slice(0, 2)])
  const next = (await h.ask(`/orders?${mine}&limit=3&cursor=${page.next_cursor}`)).body
  assert.deepEqual(
    next.orders.map(({ id }: { id: string }) => id),
    ids.slice(2),
  )
  assert.equal(next.next_cursor, undefined)
  assert.deepEqual(await found(`${mine}&order_type=buy`), ids.slice(0, 1))
  assert.deepEqual(await found(`${mine}&customer_email=c1%40test.com&status=PENDING`), [ids[1], ids[3]])
  assert.deepEqual(await found(`${mine}&status=CONFIRMED`), [])
  const { created_at } = page.orders[1]
  assert.deepEqual(await found(`from=${created_at}`), ids.slice(0, 2))
  assert.deepEqual(await found(`${mine}&to=${created_at}`), ids.slice(2))
  for (const wrong of [
    'status=LOST',
    'from=yesterday',
    'from=0000-01-01T00:00:00Z',
    'cursor=x',
    'limit=0',
    'color=red',
  ])
    assert.equal((await h.ask(`/orders?${wrong}`)).status, 400, wrong)
})

test('min_version waits for that version, and says when there is none', async () => {
  const h = running()
  const id = await place(h)
  assert.equal((await h.ask(`/orders/${id}?min_version=1`)).status, 200)
  const waiting = h.ask(`/orders/${id}?min_version=2`)
  await h.reply('RESERVE', id, 'INSUFFICIENT_STOCK')
  await h.has(id, 'CANCELLED')
  assert.ok([200, 409].includes((await waiting).status))
  assert.equal((await h.ask(`/orders/${id}?min_version=2`)).body.version, 2)
  assert.equal((await h.ask(`/orders/${id}?min_version=3`)).status, 409)
  assert.equal((await h.ask(`/orders/${id}?min_version=0`)).status, 400)
})
