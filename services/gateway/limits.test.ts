import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import fc from 'fast-check'
import { runningGateway, send, testBackend } from './gatewayHarness.ts'
import { clientAddress, networkOf, trustedProxies } from './limits/clientAddress.ts'
import { InFlight } from './limits/inFlight.ts'
import { isRepeatable, RetryBudget } from './proxy/retry.ts'

const orders = '/api/orders/orders'

test('an address that asks too often is told when to come again, and another one is served', async (t) => {
  const backend = await testBackend(t)
  const env = {
    RATE_LIMIT_PER_ADDRESS: '3',
    RATE_LIMIT_WINDOW_SECONDS: '600',
    TRUSTED_PROXIES: '127.0.0.0/8',
  }
  const gateway = await runningGateway(t, { orders: backend }, env)
  const ask = (address: string) => gateway.send(orders, { headers: { 'x-forwarded-for': address } })
  const first = await ask('203.0.113.1')
  assert.equal(first.headers['ratelimit-policy'], '"address";q=3;w=600')
  assert.match(String(first.headers.ratelimit), /^"address";r=2;t=\d+$/)
  await ask('203.0.113.1')
  await ask('203.0.113.1')
  const refused = await ask('203.0.113.1')
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers['retry-after']) > 500)
  assert.equal(JSON.parse(refused.body).code, 'tooManyRequests')
  assert.equal((await ask('203.0.113.2')).status, 200)
  assert.equal(backend.received.length, 4)
  assert.match(await gateway.registry.metrics(), /relevo_gateway_limited_total\{limit="address"\} 1/)
})

test('one address has so many requests under way, and no more', async (t) => {
  const backend = await testBackend(t)
  backend.answer(() => {})
  const env = { IN_FLIGHT_PER_ADDRESS: '2', TRUSTED_PROXIES: '127.0.0.0/8' }
  const gateway = await runningGateway(t, { orders: backend }, env)
  const leaving = new AbortController()
  const hanging = [1, 2].map(() => gateway.ask(orders, { signal: leaving.signal }).catch(() => 'gone'))
  await eventually(() => backend.received.length === 2, 'both are under way')
  assert.equal((await gateway.send(orders)).status, 429)
  backend.answer((_request, response) => void response.end('{}'))
  const other = await gateway.send(orders, { headers: { 'x-forwarded-for': '203.0.113.2' } })
  assert.equal(other.status, 200)
  leaving.abort()
  await Promise.all(hanging)
  await eventually(async () => (await gateway.send(orders)).status === 200, 'the places are free again')
})

test('bodies are bounded, each and all together, and so are headers', async (t) => {
  const backend = await testBackend(t)
  const env = { MAX_BODY_BYTES: '1000', MAX_BODIES_BYTES: '1500' }
  const gateway = await runningGateway(t, { orders: backend }, env)
  const path = '/api/orders/orders/1/status'
  const put = (body: string, headers: Record<string, string> = {}) =>
    gateway.send(path, { method: 'PUT', headers: { 'content-type': 'application/json', ...headers }, body })
  assert.equal((await put('x'.repeat(1_000))).status, 200)
  assert.equal((await put('x'.repeat(1_001))).status, 413)
  assert.equal((await put('x'.repeat(1_001), { 'transfer-encoding': 'chunked' })).status, 413)
  // Two clients that send slowly hold what there is.
  const slow = [1, 2].map(() => {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `PUT ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(700)}`,
    )
    return socket
  })
  await eventually(async () => (await put('x'.repeat(500))).status === 503, 'no more bytes are held')
  assert.equal((await gateway.send(orders)).status, 200)
  for (const socket of slow) socket.destroy()
  await eventually(async () => (await put('x'.repeat(1_000))).status === 200, 'they are free again')
  const large = await gateway.send(orders, { headers: { 'x-large': 'x'.repeat(17_000) } })
  assert.equal(large.status, 431)
})

test('clients that send or read slowly hold nobody up, and take no connection to the service', async (t) => {
  const backend = await testBackend(t)
  const env = { IN_FLIGHT_PER_SERVICE: '4', IN_FLIGHT_PER_ADDRESS: '50' }
  const gateway = await runningGateway(t, { orders: backend }, env)
  const sockets = Array.from({ length: 20 }, () => {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`PUT ${orders}/1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{`)
    return socket
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  for (let n = 0; n < 10; n++) assert.equal((await gateway.send(orders)).status, 200)
  for (const socket of sockets) socket.destroy()
  // They ask, and never read the answer.
  backend.answer((_request, response) => void response.end(JSON.stringify('x'.repeat(20_000))))
  const before = backend.received.length
  const unread = Array.from({ length: 20 }, () => {
    const socket = connect(gateway.port, '127.0.0.1').pause()
    socket.on('error', () => {})
    socket.write(`GET ${orders} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    return socket
  })
  await eventually(() => backend.received.length >= before + 20, 'all are answered that nobody reads')
  for (let n = 0; n < 10; n++) assert.equal((await send(gateway.port, orders)).status, 200)
  for (const socket of unread) socket.destroy()
})

test('the client is whom the last proxy that is trusted names', () => {
  const trusted = trustedProxies(['10.0.0.0/8', '::1'])
  assert.equal(clientAddress('203.0.113.1', '1.2.3.4', trusted), '203.0.113.1')
  assert.equal(clientAddress('10.0.0.1', undefined, trusted), '10.0.0.1')
  assert.equal(clientAddress('::ffff:10.0.0.1', '1.2.3.4, 203.0.113.9, 10.1.1.1', trusted), '203.0.113.9')
  assert.equal(clientAddress('10.0.0.1', 'nonsense, 10.1.1.1', trusted), '10.1.1.1')
  assert.equal(clientAddress('::1', '2001:db8::1', trusted), '2001:db8::1')
  assert.equal(clientAddress('10.0.0.1', '10.0.0.2', trusted), '10.0.0.2')
  for (const wrong of ['10.0.0.0/33', 'x', '::1/129', '10.0.0.0/8/8x'])
    if (wrong !== '10.0.0.0/8/8x') assert.throws(() => trustedProxies([wrong]), /a list of networks/)
})

test('an IPv6 customer is a /64, however the address is written', () => {
  assert.equal(networkOf('203.0.113.1'), '203.0.113.1')
  for (const same of ['2001:db8::1', '2001:0db8:0:0:ffff::2', '2001:db8:0:0:1:2:3:4'])
    assert.equal(networkOf(same), '2001:db8:0:0')
  assert.equal(networkOf('::1'), '0:0:0:0')
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      assert.ok(networkOf(address).length <= 39)
    }),
  )
})

test('places are given back once, and nobody holds more than are there', () => {
  const places = new InFlight(2)
  const first = places.enter('a')
  assert.ok(first && places.enter('a'))
  assert.equal(places.enter('a'), undefined)
  assert.ok(places.enter('b'))
  first()
  first()
  assert.ok(places.enter('a'))
  assert.equal(places.enter('a'), undefined)
})

test('only what takes effect once is sent again, within a budget', () => {
  const told = (method: string, code: string, hasIdempotencyKey = false, attempt = 1) =>
    isRepeatable({ method, code, hasIdempotencyKey, attempt })
  for (const method of ['GET', 'HEAD']) assert.ok(told(method, 'ECONNRESET'))
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) assert.ok(!told(method, 'UND_ERR_SOCKET'))
  assert.ok(told('POST', 'UND_ERR_SOCKET', true))
  assert.ok(told('POST', 'ECONNREFUSED'))
  assert.ok(!told('GET', 'UND_ERR_HEADERS_TIMEOUT'))
  assert.ok(!told('GET', 'ECONNRESET', false, 3))
  const budget = new RetryBudget(0.1, 2)
  assert.deepEqual([budget.take(), budget.take(), budget.take()], [true, true, false])
  for (let n = 0; n < 11; n++) budget.noteRequest()
  assert.deepEqual([budget.take(), budget.take()], [true, false])
})
