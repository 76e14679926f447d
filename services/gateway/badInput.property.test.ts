import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import fc from 'fast-check'
import { runningGateway, testBackend } from './gatewayHarness.ts'

const world = forAllTests(async (t) => {
  const [orders, inventory] = [await testBackend(t), await testBackend(t)]
  const limits = { RATE_LIMIT_PER_ADDRESS: '1000000', MAX_BODY_BYTES: '2000' }
  return { orders, inventory, gateway: await runningGateway(t, { orders, inventory }, limits) }
})

const method = fc.oneof(
  fc.constantFrom('GET', 'DELETE', 'PUT'),
  fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'),
  fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...'ABCgetP OST\t') }),
)
const octets = fc.string({
  maxLength: 60,
  unit: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)),
})
const segment = fc.oneof(
  fc.constantFrom(
    'orders',
    'inventory',
    'products',
    '..',
    '.',
    '',
    '%2e%2e',
    '%00',
    '%',
    '%zz',
    '%ff',
    'stats',
    '1',
  ),
  octets,
)
const path = fc.oneof(fc.constantFrom('/api/orders/orders/1', '/api/orders/orders?x=1'), anyPath())

function anyPath() {
  return fc
    .tuple(
      fc.constantFrom('/api/orders', '/api/inventory', '/api', '', '/'),
      fc.array(segment, { maxLength: 5 }),
      octets,
    )
    .map(
      ([prefix, segments, query]) => `${[prefix, ...segments].join('/')}${query === '' ? '' : `?${query}`}`,
    )
}

const header = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        'Content-Length',
        'Transfer-Encoding',
        'Connection',
        'Expect',
        'Upgrade',
        'Host',
        'Authorization',
        'Idempotency-Key',
        'X-Request-Id',
        'X-Forwarded-For',
        'X-User-Id',
        'Traceparent',
        'Content-Type',
        'Origin',
        'Trailer',
      ),
      fc.oneof(
        octets,
        fc.constantFrom('0', '-1', '5', '1e3', 'chunked', 'gzip, chunked', 'close', '100-continue', 'h2c'),
      ),
    )
    .map(([name, value]) => `${name}: ${value}`),
  octets,
)
const body = fc.oneof(
  octets,
  fc.constantFrom('', '{}', '5\r\nhello\r\n0\r\n\r\n', 'x'.repeat(3_000), '{"items":[]}'),
)

test('whatever is sent, the gateway fails at nothing of its own, and goes on', async () => {
  const { gateway, orders } = await world()
  let passed = 0
  await fc.assert(
    fc.asyncProperty(
      method,
      path,
      fc.oneof(fc.constant<string[]>([]), fc.array(header, { maxLength: 6 })),
      body,
      async (verb, target, headers, text) => {
        const before = orders.received.length
        const head = [`${verb} ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers].join(
          '\r\n',
        )
        // A request that waits for more bytes than come is ended when one that was sent later is answered.
        const answered = await gateway.write(`${head}\r\n\r\n${text}`, () =>
          gateway.ask('/api/inventory/health'),
        )
        assert.doesNotMatch(answered, /^HTTP\/1\.1 5\d\d/, `${JSON.stringify(head)}: ${answered}`)
        passed += orders.received.length - before
      },
    ),
    { numRuns: 250 },
  )
  const { status } = await gateway.ask('/api/orders/orders')
  assert.equal(status, 200)
  assert.ok(passed > 0, 'nothing was ever passed on: the inputs are too bad to find anything')
  assert.match(await gateway.registry.metrics(), /relevo_gateway_breaker_open\{service="orders"\} 0/)
})

const badOrder = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  octets,
  fc.record({ customer_id: fc.jsonValue(), items: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '{"customer_id":"c","items":[{"product_id":1,"quantity":1e9999,"price":1}]}',
    '[',
    '{"a":1}',
  ),
)

test('an order that the contract does not have never reaches the service', async () => {
  const { gateway, orders } = await world()
  const before = orders.received.length
  await fc.assert(
    fc.asyncProperty(badOrder, async (text) => {
      const { status } = await gateway.post('/api/orders/orders', text)
      assert.ok(status === 400 || status === 413, `${text}: ${status}`)
    }),
    { numRuns: 200 },
  )
  assert.equal(orders.received.length, before)
})

test('an order that the contract has reaches the service as it was sent', async () => {
  const { gateway, orders } = await world()
  const text = '{"customer_id":"c-1", "items":[{"product_id":"LAPTOP-001","quantity":1,"price":1299.990}]}'
  assert.equal((await gateway.post('/api/orders/orders', text)).status, 200)
  assert.equal(orders.received.at(-1)?.body, text)
  const typed = await gateway.post('/api/orders/orders', text, { 'content-type': 'text/plain' })
  assert.equal(typed.status, 415)
})
