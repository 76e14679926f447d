import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import fc from 'fast-check'
import { runningOrders, seedOrder } from './ordersHarness.ts'

// The first test has all that is there.
const running = forAllTests((t) => runningOrders(t))

const seedItem = { product_id: 1, product_name: 'Producto Test', quantity: 2, unit_price: 99.99 }

/** A number as JSON may write it, which no order has. */
const badNumber = fc.constantFrom(
  '-1',
  '0.001',
  '1e9999',
  '1e300',
  '"5"',
  'null',
  'true',
  '[]',
  '{}',
  '1000000000000',
)
const badQuantity = fc.constantFrom('0', '-1', '1.5', '1000001', '1e9999', '"2"', 'null', '{}')
const badId = fc.constantFrom('0', '-1', '1.5', '2147483648', '1e9999', '""', '"7up"', '"a b"', 'null', '[]')
const badText = fc.constantFrom(
  '""',
  '"  "',
  'null',
  '5',
  '[]',
  '"a\\u0000b"',
  '"\\ud800"',
  `"${'x'.repeat(201)}"`,
)
const badEmail = fc.constantFrom(
  '""',
  '"x"',
  '"a b@c"',
  'null',
  '5',
  `"${'x'.repeat(320)}@c"`,
  '"a\\u0000@c"',
)

/** A field of the body or of its item, and what it has instead. */
const fault = fc.oneof(
  fc.tuple(fc.constant('unit_price'), badNumber),
  fc.tuple(fc.constant('quantity'), badQuantity),
  fc.tuple(fc.constant('product_id'), badId),
  fc.tuple(fc.constantFrom('product_name', 'customer_name'), badText),
  fc.tuple(fc.constant('customer_email'), badEmail),
  fc.tuple(fc.constant('order_type'), fc.constantFrom('"rent"', '""', 'null', '1')),
  fc.tuple(
    fc.constant('items'),
    fc.constantFrom('[]', '{}', 'null', '"x"', `[${Array(101).fill('1').join()}]`),
  ),
  fc.tuple(fc.constantFrom('color', 'price', '__proto__'), fc.constantFrom('1', '"red"')),
)

function bodyWith([field, value]: readonly [string, string]): string {
  const inItem = field in seedItem || field === 'price'
  const item = written({ ...seedItem, ...(inItem && { [field]: raw(value) }) })
  if (field === '__proto__')
    return `{"__proto__":${value},${written({ ...seedOrder, items: raw(`[${item}]`) }).slice(1)}`
  return written({ ...seedOrder, items: raw(`[${item}]`), ...(!inItem && { [field]: raw(value) }) })
}

const raw = (text: string) => ({ raw: text })

function written(fields: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(fields).map(([name, value]) => {
    const isRaw = typeof value === 'object' && value !== null && 'raw' in value
    return `${JSON.stringify(name)}:${isRaw ? value.raw : JSON.stringify(value)}`
  })
  return `{${parts.join()}}`
}

test('a bad order is refused with a reason, and nothing of it is there', async () => {
  const h = running()
  const { status, text } = await h.post('/orders', bodyWith(['customer_name', '"ok"']))
  assert.equal(status, 201, text)
  const refused = async (body: string) => {
    const answer = await h.post('/orders', body)
    assert.equal(answer.status, 400, `${body} ${answer.text}`)
    assert.ok(answer.body.detail.length > 10, answer.text)
  }
  await fc.assert(
    fc.asyncProperty(fault, (each) => refused(bodyWith(each))),
    { numRuns: 80 },
  )
  const arbitrary = fc.json({ maxDepth: 3 }).filter((json) => !json.includes('order_type'))
  await fc.assert(fc.asyncProperty(arbitrary, refused), { numRuns: 25 })
  const most = { ...seedItem, quantity: 1_000_000, unit_price: 1_000_000 }
  await refused(JSON.stringify({ ...seedOrder, items: [most] }))
  await refused(JSON.stringify({ ...seedOrder, items: [{ ...seedItem, price: 1 }] }))
  await refused(JSON.stringify({ items: seedOrder.items }))
  await refused('{"items":')
  const { rows } = await h.pool.query(`select (select count(*) from orders)::int as orders,
    (select count(*) from outbox.event)::int as events, (select count(*) from saga.instance)::int as sagas`)
  assert.deepEqual(rows, [{ orders: 1, events: 3, sagas: 1 }])
})

test('a bad change of an order is refused with a reason, and the order stays as it is', async () => {
  const h = running()
  const { body: placed } = await h.post('/orders', seedOrder)
  const path = `/orders/${placed.id}`
  const bodies = [
    '{}',
    '[]',
    'null',
    '{"status":"LOST"}',
    '{"status":null}',
    '{"status":"SHIPPED","to":"x"}',
    '{"status":',
  ]
  for (const body of [
    ...bodies,
    '{"status":"CANCELLED","reason":""}',
    '{"status":"CANCELLED","reason":"a\\u0000"}',
  ])
    assert.equal((await h.put(`${path}/status`, body)).status, 400, body)
  for (const id of ['7', 'x', "'--", '%00', '0190b000'])
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/history'],
      ['GET', '/saga'],
    ])
      assert.equal((await h.ask(`/orders/${id}${rest}`, { method: String(method) })).status, 400, id)
  assert.equal((await h.ask('/orders', { method: 'DELETE' })).status, 405)
  assert.deepEqual((await h.ask(path)).body, placed)
})
