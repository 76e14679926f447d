import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import { runningGateway, testBackend } from './gatewayHarness.ts'
import { readRoutes } from './routing/routes.ts'

const world = forAllTests(async (t) => {
  const inventory = await testBackend(t)
  const orders = await testBackend(t)
  return { inventory, orders, gateway: await runningGateway(t, { inventory, orders }) }
})

test('a path below /api goes to its service, without the prefix and with its query as it is', async () => {
  const { gateway, inventory } = await world()
  const { status, body } = await gateway.send('/api/inventory/products/LAPTOP-001?a=%20b&a=2')
  assert.equal(status, 200)
  assert.equal(JSON.parse(body).url, '/products/LAPTOP-001?a=%20b&a=2')
  assert.equal(inventory.received.at(-1)?.method, 'GET')
})

test('each method of an endpoint is passed on with its body, HEAD as GET without one', async () => {
  const { gateway, inventory } = await world()
  const put = await gateway.ask('/api/inventory/products/1', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Ñandú"}',
  })
  assert.deepEqual([put.status, put.body.method, put.body.body], [200, 'PUT', '{"name":"Ñandú"}'])
  const head = await gateway.send('/api/inventory/products', { method: 'HEAD' })
  assert.deepEqual([head.status, head.body, inventory.received.at(-1)?.method], [200, '', 'HEAD'])
})

test('what no service declares is not passed on', async () => {
  const { gateway, orders, inventory } = await world()
  const before = orders.received.length + inventory.received.length
  for (const path of ['/api/orders/metrics', '/api/orders/nothing', '/api/nobody/x', '/api/orders', '/api'])
    assert.equal((await gateway.ask(path)).status, 404, path)
  const wrong = await gateway.ask('/api/orders/orders', { method: 'PATCH' })
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, POST, HEAD, OPTIONS'])
  const options = await gateway.ask('/api/orders/orders', { method: 'OPTIONS' })
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, POST, HEAD, OPTIONS'])
  assert.equal(orders.received.length + inventory.received.length, before)
})

test('a service that is not installed is said not to be', async () => {
  const { gateway } = await world()
  const { status, body } = await gateway.ask('/api/payments/payments')
  assert.equal(status, 404)
  assert.match(body.detail, /payments, which is not installed/)
})

test('a path that a service might read as another one is refused', async () => {
  const { gateway, orders } = await world()
  const before = orders.received.length
  for (const path of [
    '/api/orders/../inventory/products',
    '/api/orders/orders/../stats',
    '/api/orders/orders/%2e%2E/stats',
    '/api/orders/./orders',
    '/api/orders//orders',
    '//api/orders/orders',
    '/api/orders\\orders',
    '/api/orders/orders#x',
    '/api/orders/orders/\u00e9',
    'http://other.test/api/orders/orders',
  ]) {
    const { status } = await gateway.send(path)
    assert.ok(status === 400 || status === 404, `${path}: ${status}`)
  }
  assert.equal(orders.received.length, before)
})

test('GET / tells browsers and programs what is here', async () => {
  const { gateway } = await world()
  const page = await gateway.ask('/', { headers: { accept: 'text/html' } })
  assert.match(page.text, /<a href="\/api\/orders\/health">/)
  const { body } = await gateway.ask('/', { headers: { accept: 'application/json' } })
  assert.deepEqual(
    body.services.find(({ service }: { service: string }) => service === 'payments'),
    { service: 'payments', path: '/api/payments', state: 'not_installed' },
  )
})

test('only these endpoints are for everybody where AUTH is on', () => {
  const own = readRoutes().flatMap(({ service, endpoints }) =>
    endpoints
      .filter(
        ({ access, path }) => access === 'public' && !['/health', '/ready', '/openapi.json'].includes(path),
      )
      .map(({ method, path }) => `${service}: ${method} ${path}`),
  )
  assert.deepEqual(own, [
    'inventory: get /products',
    'inventory: get /products/low-stock',
    'inventory: get /products/:id',
    'users: post /users',
    'users: post /auth/login',
    'users: post /auth/refresh',
    'users: post /auth/logout',
    'users: post /auth/verify-email',
    'users: post /auth/forgot-password',
    'users: post /auth/reset-password',
    'users: get /.well-known/jwks.json',
  ])
})
