import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { command, item, runningInventory } from './inventoryHarness.ts'

const seedProduct = {
  name: 'Producto Test',
  description: 'Descripción del producto',
  price: 99.99,
  stock_quantity: 50,
  min_stock_level: 10,
}

test("the seed's calls: create, list, stock, movements, low stock, with an event for each change", async (t) => {
  const h = await runningInventory(t)
  const created = await h.post('/products', seedProduct)
  assert.equal(created.status, 201)
  const { id, created_at, updated_at } = created.body
  assert.deepEqual(created.body, {
    id,
    sku: null,
    ...seedProduct,
    reserved_quantity: 0,
    available_quantity: 50,
    version: 1,
    created_at,
    updated_at,
  })
  assert.match(created.text, /"price":99\.99,/)
  assert.deepEqual((await h.ask('/products')).body, { count: 1, products: [created.body] })
  assert.deepEqual((await h.ask(`/products/${id}`)).body, created.body)

  const sold = await h.post(`/products/${id}/stock`, {
    quantity_change: -5,
    movement_type: 'sale',
    reference_id: 'ORDER-123',
    notes: 'Venta de producto',
  })
  assert.equal(sold.status, 200)
  const { movement, product } = sold.body
  assert.deepEqual([product.stock_quantity, product.available_quantity, product.version], [45, 45, 1])
  assert.deepEqual(movement, {
    id: movement.id,
    product_id: id,
    quantity_change: -5,
    movement_type: 'sale',
    reference_id: 'ORDER-123',
    notes: 'Venta de producto',
    stock_after: 45,
    created_at: movement.created_at,
  })
  const { body: movements } = await h.ask(`/products/${id}/movements`)
  assert.deepEqual(
    movements.movements.map((each: typeof movement) => [
      each.quantity_change,
      each.movement_type,
      each.stock_after,
    ]),
    [
      [-5, 'sale', 45],
      [50, 'adjustment', 50],
    ],
  )

  assert.equal((await h.ask('/products/low-stock')).body.count, 0)
  await h.post(`/products/${id}/stock`, { quantity_change: -36, movement_type: 'damage' })
  const low = (await h.ask('/products/low-stock')).body
  assert.deepEqual([low.count, low.products[0].available_quantity], [1, 9])
  const events = await h.events()
  assert.deepEqual(
    events.map(({ topic, key, type }) => [topic, key, type]),
    ['PRODUCT_CREATED', 'STOCK_CHANGED', 'STOCK_CHANGED', 'LOW_STOCK'].map((type) => [
      'inventory.events',
      String(id),
      type,
    ]),
  )
  assert.deepEqual(events[0]?.payload.price, { amount: '99.99', currency: 'USD' })
  assert.deepEqual(await h.brokenLaws(), [])
})

test('amounts are exact: every digit that is sent comes back, and a finer one is refused', async (t) => {
  const { post } = await runningInventory(t)
  const send = (price: string) => post('/products', `{"name":"x","price":${price}}`)
  for (const [sent, shown] of [
    ['0', '0.00'],
    ['0.1', '0.10'],
    ['1e2', '100.00'],
    ['999999999999.99', '999999999999.99'],
    ['123456789012.34', '123456789012.34'],
  ] as const) {
    const { status, text } = await send(sent)
    assert.deepEqual([status, /"price":([\d.]+),/.exec(text)?.[1]], [201, shown], sent)
  }
  for (const wrong of [
    '0.001',
    '99.990000000000000001',
    '-1',
    '1000000000000',
    '1e300',
    '"99.99"',
    'null',
    '1e9999',
  ])
    assert.equal((await send(wrong)).status, 400, wrong)
})

test('a product is found by its number and by its SKU, and a SKU is there once', async (t) => {
  const { ask, post } = await runningInventory(t)
  const { body } = await post('/products', { ...seedProduct, sku: 'LAPTOP-001' })
  assert.deepEqual((await ask('/products/LAPTOP-001')).body, body)
  const again = await post('/products', { ...seedProduct, sku: 'LAPTOP-001' })
  assert.equal(again.status, 409)
  assert.match(again.body.detail, /LAPTOP-001/)
  const moved = await post('/products/LAPTOP-001/stock', { quantity_change: 1, movement_type: 'return' })
  assert.equal(moved.body.product.stock_quantity, 51)
  const all = await Promise.all(
    Array.from({ length: 20 }, () => post('/products', { ...seedProduct, sku: 'MOUSE-001' })),
  )
  assert.equal(all.filter(({ status }) => status === 201).length, 1)
  assert.equal(all.filter(({ status }) => status === 409).length, 19)
})

test('an update changes what it names, counts the version, and refuses a stale one and the stock', async (t) => {
  const h = await runningInventory(t)
  const { body: product } = await h.post('/products', seedProduct)
  const path = `/products/${product.id}`
  const updated = await h.put(path, { price: 89.5, version: 1 })
  assert.equal(updated.status, 200)
  assert.deepEqual(updated.body, { ...product, price: 89.5, version: 2, updated_at: updated.body.updated_at })
  const stale = await h.put(path, { name: 'other', version: 1 })
  assert.deepEqual([stale.status, /version 2/.test(stale.body.detail)], [409, true])
  const stock = await h.put(path, { stock_quantity: 7 })
  assert.deepEqual([stock.status, /\/stock/.test(stock.body.detail)], [400, true])
  const races = await Promise.all(
    Array.from({ length: 20 }, (_, n) => h.put(path, { name: `name ${n}`, version: 2 })),
  )
  assert.equal(races.filter(({ status }) => status === 200).length, 1)
  const raised = await h.put(path, { min_stock_level: 60 })
  assert.equal(raised.status, 200)
  assert.deepEqual(
    (await h.events()).map(({ type }) => type),
    ['PRODUCT_CREATED', 'PRODUCT_UPDATED', 'PRODUCT_UPDATED', 'PRODUCT_UPDATED', 'LOW_STOCK'],
  )
})

test('trap 25, isolation and raw SQL: stock below what is reserved is refused and says what is available, also by raw SQL', async (t) => {
  const h = await runningInventory(t)
  const id = await h.product(10)
  await h.take(command('RESERVE', randomUUID(), { items: [item(id, 7)] }))
  const refused = await h.post(`/products/${id}/stock`, { quantity_change: -4, movement_type: 'damage' })
  assert.equal(refused.status, 409)
  assert.match(refused.body.detail, /3 are available, and 7 are reserved/)
  assert.equal(
    (await h.post(`/products/${id}/stock`, { quantity_change: -3, movement_type: 'damage' })).status,
    200,
  )
  await assert.rejects(h.pool.query('update product set stock_quantity = 6'), { code: '23514' })
  const tooMany = await h.post(`/products/${id}/stock`, {
    quantity_change: 1_000_000_000,
    movement_type: 'purchase',
  })
  assert.equal(tooMany.status, 409)
  assert.deepEqual(await h.brokenLaws(), [])
})

test('a POST takes effect once for each Idempotency-Key, and its repetition gets the same exact answer', async (t) => {
  const h = await runningInventory(t)
  const key = { 'idempotency-key': randomUUID() }
  const [first, second] = [
    await h.post('/products', seedProduct, key),
    await h.post('/products', seedProduct, key),
  ]
  assert.deepEqual([first.status, second.status, second.text], [201, 201, first.text])
  assert.equal((await h.post('/products', { ...seedProduct, price: 1 }, key)).status, 422)
  const change = { quantity_change: -5, movement_type: 'sale' }
  const stockKey = { 'idempotency-key': randomUUID() }
  const path = `/products/${first.body.id}/stock`
  await h.post(path, change, stockKey)
  assert.equal((await h.post(path, change, stockKey)).body.product.stock_quantity, 45)
  assert.deepEqual(await h.stockOf(first.body.id), [45, 0])
  assert.equal((await h.pool.query('select from product')).rowCount, 1)
})

test('forty changes of one stock at once are all of them counted', async (t) => {
  const h = await runningInventory(t, { DATABASE_POOL_SIZE: '20' })
  const id = await h.product(20)
  const answers = await Promise.all(
    Array.from({ length: 40 }, () =>
      h.post(`/products/${id}/stock`, { quantity_change: -1, movement_type: 'sale' }),
    ),
  )
  assert.equal(answers.filter(({ status }) => status === 200).length, 20)
  assert.equal(answers.filter(({ status }) => status === 409).length, 20)
  assert.deepEqual(await h.stockOf(id), [0, 0])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('lists come in pages, newest first, and are searched in name, description and SKU, letter for letter', async (t) => {
  const { ask, post } = await runningInventory(t)
  for (const [name, sku] of [
    ['Laptop 15"', 'LAPTOP-001'],
    ['Mouse', 'MOUSE_1'],
    ['100% cotton', 'SHIRT-1'],
    ['Ratón', 'X-laptop'],
  ])
    await post('/products', { name, sku, price: 1 })
  const names = async (query: string) =>
    (await ask(`/products?${query}`)).body.products.map((each: { name: string }) => each.name)
  assert.deepEqual(await names('search=laptop'), ['Ratón', 'Laptop 15"'])
  assert.deepEqual(await names('search=%25'), ['100% cotton'])
  assert.deepEqual(await names('search=_'), ['Mouse'])
  assert.deepEqual(await names('search=%5C'), [])
  assert.deepEqual(await names('search=RAT%C3%93N'), ['Ratón'])
  const first = (await ask('/products?limit=3')).body
  assert.equal(first.count, 3)
  const second = (await ask(`/products?limit=3&cursor=${first.next_cursor}`)).body
  assert.deepEqual([second.count, second.next_cursor, second.products[0].name], [1, undefined, 'Laptop 15"'])
})

test('trap 25, bad input: negative, zero, huge and fractional quantities are refused with a reason, and nothing is half written', async (t) => {
  const h = await runningInventory(t)
  const id = await h.product(10)
  const create = (body: unknown) => h.post('/products', body)
  const withField = (field: string, value: unknown) => create({ ...seedProduct, [field]: value })
  const stock = (body: unknown) => h.post(`/products/${id}/stock`, body)
  const move = (quantity_change: unknown, movement_type: unknown = 'adjustment') =>
    stock({ quantity_change, movement_type })
  const cases: [string, ReturnType<typeof create>, number, RegExp][] = [
    ['no JSON', create('{'), 400, /not valid JSON/],
    ['a number', create('1'), 400, /JSON object/],
    ['a list', create('[]'), 400, /JSON object/],
    ['nothing', create({}), 400, /"name" is missing.*"price" is missing/],
    ['unknown field', withField('id', 7), 400, /Unknown fields: "id"/],
    ['blank name', withField('name', '  '), 400, /"name" must not be blank/],
    ['empty name', withField('name', ''), 400, /"name" must have 1 to 200/],
    ['long name', withField('name', 'x'.repeat(201)), 400, /"name" must have 1 to 200/],
    ['number as name', withField('name', 5), 400, /"name" must be a text/],
    ['NUL in name', withField('name', 'a\0b'), 400, /U\+0000/],
    ['long description', withField('description', 'x'.repeat(2_001)), 400, /"description" must have at most/],
    ['price as text', withField('price', '99.99'), 400, /"price" must be a number from 0/],
    ['price too fine', withField('price', 0.001), 400, /at most 2 decimals/],
    ['negative stock', withField('stock_quantity', -1), 400, /"stock_quantity" must be a whole number/],
    ['part of a unit', withField('stock_quantity', 1.5), 400, /whole number/],
    ['huge stock', withField('stock_quantity', 1e10), 400, /whole number from 0 to 1000000000/],
    ['negative minimum', withField('min_stock_level', -1), 400, /"min_stock_level" must be/],
    ['SKU that is a number', withField('sku', '123'), 400, /"sku" must begin with a letter/],
    ['SKU of the list', withField('sku', 'low-stock'), 400, /"sku" must not be/],
    ['SKU with a slash', withField('sku', 'a/b'), 400, /"sku" must begin/],
    ['no change', move(0), 400, /must not be 0/],
    ['part of a unit', move(0.5), 400, /whole number/],
    ['huge change', move(1e10), 400, /whole number/],
    ['change as text', move('5'), 400, /whole number/],
    ['unknown movement', move(1, 'theft'), 400, /"movement_type" must be purchase, sale/],
    ['no movement', stock({ quantity_change: 1 }), 400, /"movement_type" is missing/],
    ['a sale that adds', move(5, 'sale'), 400, /of sale must be below 0/],
    ['a purchase that takes', move(-5, 'purchase'), 400, /of purchase must be above 0/],
    ['damage that adds', move(5, 'damage'), 400, /of damage must be below 0/],
    [
      'long notes',
      stock({ quantity_change: 1, movement_type: 'return', notes: 'x'.repeat(1_001) }),
      400,
      /"notes"/,
    ],
    ['more than there is', move(-11), 409, /10 are available/],
    [
      'stock of none',
      h.post('/products/999/stock', { quantity_change: 1, movement_type: 'return' }),
      404,
      /no product 999/,
    ],
    ['nothing to update', h.put(`/products/${id}`, {}), 400, /at least one/],
    ['only a version', h.put(`/products/${id}`, { version: 1 }), 400, /at least one/],
    [
      'version as text',
      h.put(`/products/${id}`, { name: 'x', version: '1' }),
      400,
      /"version" must be a whole/,
    ],
    ['update of none', h.put('/products/NOPE', { name: 'x' }), 404, /no product NOPE/],
    ['unknown number', h.ask('/products/999'), 404, /no product 999/],
    ['zero', h.ask('/products/0'), 400, /"id" must be a number from 1/],
    ['beyond numbers', h.ask('/products/99999999999'), 400, /"id" must be/],
    ['movements of none', h.ask('/products/999/movements'), 404, /no product/],
    ['wrong cursor', h.ask('/products?cursor=x'), 400, /"cursor" is not valid/],
    ['wrong limit', h.ask('/products?limit=0'), 400, /"limit" must be a whole number/],
    ['unknown parameter', h.ask('/products?page=2'), 400, /Unknown parameters: "page"/],
    ['search twice', h.ask('/products?search=a&search=b'), 400, /"search" must appear once/],
    ['long search', h.ask(`/products?search=${'x'.repeat(101)}`), 400, /at most 100 characters/],
    ['NUL in search', h.ask('/products?search=%00'), 400, /U\+0000/],
    ['wrong method', h.put('/products', {}), 405, /GET, POST/],
  ]
  for (const [name, asked, status, reason] of cases) {
    const { status: got, body } = await asked
    assert.equal(got, status, `${name}: ${JSON.stringify(body)}`)
    assert.match(body.detail, reason, name)
  }
  assert.equal((await h.pool.query('select from product')).rowCount, 1)
  assert.deepEqual(await h.stockOf(id), [10, 0])
  assert.deepEqual(await h.events(), [])
})
