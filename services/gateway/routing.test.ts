import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import { runningGateway, testBackend } from './gatewayHarness.ts'
import { isFront, readRoutes } from './routing/routes.ts'

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
  for (const path of ['/api/orders/metrics', '/api/orders/nothing', '/api/nobody/x', '/api/orders'])
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

test('GET /api tells browsers and programs what is here, and / leads there without a console', async () => {
  const { gateway } = await world()
  assert.deepEqual(
    [(await gateway.send('/')).status, (await gateway.send('/')).headers.location],
    [302, '/api'],
  )
  const page = await gateway.ask('/api', { headers: { accept: 'text/html' } })
  assert.match(page.text, /<a href="\/api\/orders\/health">/)
  const { body } = await gateway.ask('/api', { headers: { accept: 'application/json' } })
  assert.deepEqual(
    body.services.find(({ service }: { service: string }) => service === 'payments'),
    { service: 'payments', path: '/api/payments', state: 'not_installed' },
  )
})

test('a console has its pages at the root, with sessions of its own, and neither /health nor what it does not declare', async (t) => {
  const console = await testBackend(t)
  const gateway = await runningGateway(t, { console })
  for (const [path, status] of [
    ['/', 200],
    ['/undelivered', 200],
    ['/console/session', 200],
    ['/health', 200],
    ['/openapi.json', 200],
    ['/metrics', 200],
    ['/console/nothing', 404],
  ] as const)
    assert.equal((await gateway.send(path, { headers: { cookie: 'relevo_session=x' } })).status, status, path)
  assert.deepEqual(
    console.received.map(({ url }) => url),
    ['/', '/undelivered', '/console/session'],
  )
  const { cookie, 'x-forwarded-for': from } = console.received[0]?.headers ?? {}
  assert.deepEqual(
    [cookie, from],
    ['relevo_session=x', '127.0.0.1'],
    'nobody is an operator by coming through',
  )
})

test('only these endpoints are for everybody where AUTH is on', () => {
  const ofApi = readRoutes().filter((service) => !isFront(service))
  const own = ofApi.flatMap(({ service, endpoints }) =>
    endpoints
      .filter(
        ({ access, path }) =>
          access === 'public' && !['/health', '/ready', '/serving', '/openapi.json'].includes(path),
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
