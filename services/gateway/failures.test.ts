import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { test } from 'node:test'
import { freePort } from '@relevo/embedded'
import { eventually } from '@relevo/testing'
import { runningGateway, testBackend } from './gatewayHarness.ts'

const orders = '/api/orders/orders'
const order = {
  order_type: 'sell',
  customer_name: 'Cliente Test',
  customer_email: 'cliente@test.com',
  items: [{ product_id: 1, product_name: 'Producto Test', quantity: 2, unit_price: 99.99 }],
}

/** Breaks the connection of the first so many requests. */
function breaking(times: number, backend: Awaited<ReturnType<typeof testBackend>>) {
  let left = times
  backend.answer((request, response) => {
    if (left-- > 0) request.socket.destroy()
    else response.end('{}')
  })
}

test('a connection that breaks: what takes effect once is sent again, and nothing else', async (t) => {
  const backend = await testBackend(t)
  const gateway = await runningGateway(t, { orders: backend })
  breaking(1, backend)
  assert.equal((await gateway.ask(orders)).status, 200)
  assert.equal(backend.received.length, 2)
  breaking(1, backend)
  const post = await gateway.post(orders, order)
  assert.deepEqual([post.status, post.headers.get('retry-after')], [503, '1'])
  assert.equal(backend.received.length, 3)
  breaking(1, backend)
  const keyed = await gateway.post(orders, order, { 'idempotency-key': randomUUID() })
  assert.equal(keyed.status, 200)
  assert.equal(backend.received.length, 5)
  assert.match(await gateway.registry.metrics(), /relevo_gateway_retries_total\{service="orders"\} 2/)
})

test('a service without a port is said to be away, then left alone, then asked again', async (t) => {
  const port = await freePort()
  const away = { url: `http://127.0.0.1:${port}` }
  const env = { BREAKER_FAILURES: '5', BREAKER_OPEN_MS: '200' }
  const gateway = await runningGateway(t, { orders: away }, env)
  const first = await gateway.ask(orders)
  assert.deepEqual(
    [first.status, first.body.code, first.headers.get('retry-after')],
    [503, 'unavailable', '1'],
  )
  assert.match(first.body.detail, /The service orders cannot be reached/)
  await eventually(
    async () => /is left alone/.test((await gateway.ask(orders)).body.detail),
    'the breaker opens',
  )
  assert.match(await gateway.registry.metrics(), /relevo_gateway_breaker_open\{service="orders"\} 1/)
  const { body } = await gateway.ask('/api')
  assert.ok(body.services.some(({ state }: { state: string }) => state === 'left_alone'))
  await testBackend(t, port)
  await gateway.until(orders, () => true)
  assert.match(await gateway.registry.metrics(), /relevo_gateway_breaker_open\{service="orders"\} 0/)
})

test('one service that is away takes nothing from the others', async (t) => {
  const inventory = await testBackend(t)
  const silent = await testBackend(t)
  silent.answer(() => {})
  const env = { RESPONSE_TIMEOUT_MS: '30000', IN_FLIGHT_PER_ADDRESS: '500', IN_FLIGHT_PER_SERVICE: '20' }
  const gateway = await runningGateway(t, { orders: silent, inventory }, env)
  const waiting = new AbortController()
  const hanging = Array.from({ length: 20 }, () =>
    gateway.ask(orders, { signal: waiting.signal }).catch(() => 'given up'),
  )
  await eventually(() => silent.received.length === 20, 'the service has all that it is given at once')
  const more = await gateway.ask(orders)
  assert.deepEqual([more.status, more.body.detail.includes('too much to do')], [503, true])
  assert.equal((await gateway.ask('/api/inventory/products')).status, 200)
  waiting.abort()
  await Promise.all(hanging)
  silent.answer((_request, response) => void response.end('{}'))
  await gateway.until(orders, () => true)
})

test('who does not answer in time is a time-out, which is not tried again', async (t) => {
  const backend = await testBackend(t)
  backend.answer(() => {})
  const gateway = await runningGateway(t, { orders: backend }, { RESPONSE_TIMEOUT_MS: '100' })
  const { status, body } = await gateway.ask(orders)
  assert.deepEqual([status, body.code], [504, 'timeout'])
  assert.equal(backend.received.length, 1)
})

test('an answer that takes too long as a whole is broken off, so that nobody takes it for whole', async (t) => {
  const backend = await testBackend(t)
  const gateway = await runningGateway(t, { orders: backend }, { ANSWER_TIMEOUT_MS: '300' })
  const gone = Promise.withResolvers<void>()
  backend.answer((_request, response) => {
    response.once('close', gone.resolve)
    response.writeHead(200, { 'content-length': '1000' })
    response.write('half')
  })
  await assert.rejects(gateway.ask(orders))
  await gone.promise
})

test('an answer that breaks in the middle is broken off', async (t) => {
  const backend = await testBackend(t)
  const gateway = await runningGateway(t, { orders: backend })
  backend.answer((request, response) => {
    response.writeHead(200)
    response.write('half', () => request.socket.destroy())
  })
  await assert.rejects(gateway.ask(orders))
})

test('an answer is no failure of the service, whatever its status', async (t) => {
  const backend = await testBackend(t)
  const gateway = await runningGateway(t, { orders: backend }, { BREAKER_FAILURES: '2' })
  backend.answer(
    (_request, response) => void response.writeHead(500, { 'x-mine': '1' }).end('{"code":"internal"}'),
  )
  for (let n = 0; n < 5; n++) {
    const { status, body, headers } = await gateway.ask(orders)
    assert.deepEqual([status, body.code, headers.get('x-mine')], [500, 'internal', '1'])
  }
  assert.equal(backend.received.length, 5)
})

test('a client that goes is gone for the service too', async (t) => {
  const backend = await testBackend(t)
  const gateway = await runningGateway(t, { orders: backend })
  const gone = Promise.withResolvers<void>()
  backend.answer((_request, response) => void response.once('close', gone.resolve))
  const leaving = new AbortController()
  const asked = gateway.ask(orders, { signal: leaving.signal }).catch(() => 'gone')
  await eventually(() => backend.received.length === 1, 'the service has the request')
  leaving.abort()
  assert.equal(await asked, 'gone')
  await gone.promise
  assert.equal((await gateway.ask('/api')).status, 200)
})

test('a stop lets what is under way end, and takes nothing more', async (t) => {
  const backend = await testBackend(t)
  const gateway = await runningGateway(t, { orders: backend })
  let finish = () => {}
  backend.answer((_request, response) => {
    finish = () => void response.end('{"late":true}')
  })
  const asked = gateway.ask(orders)
  await eventually(() => backend.received.length === 1, 'the service has the request')
  const stopped = gateway.stop()
  finish()
  assert.deepEqual((await asked).body, { late: true })
  await stopped
  await assert.rejects(gateway.ask(orders))
})

test('a client that does not read its answer does not hold up a stop', async (t) => {
  const backend = await testBackend(t)
  const gateway = await runningGateway(t, { orders: backend }, { SHUTDOWN_GRACE_MS: '400' })
  backend.answer((_request, response) => void response.end('x'.repeat(20_000_000)))
  const socket = connect(gateway.port, '127.0.0.1').pause()
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(`GET ${orders} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  await eventually(() => backend.received.length === 1, 'the request is under way')
  await gateway.stop()
})
