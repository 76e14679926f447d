import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import { runningGateway, testBackend } from './gatewayHarness.ts'

const world = forAllTests(async (t) => {
  const orders = await testBackend(t)
  return {
    orders,
    gateway: await runningGateway(t, { orders }),
    behindProxy: await runningGateway(t, { orders }, { TRUSTED_PROXIES: '127.0.0.0/8,::1/128' }),
    forShop: await runningGateway(t, { orders }, { CORS_ORIGINS: 'https://shop.example' }),
  }
})

test('headers for one hop end at the gateway, on the way there and back', async () => {
  const { gateway, orders } = await world()
  orders.answer((_request, response) => {
    response.writeHead(200, {
      connection: 'keep-alive, x-internal',
      'x-internal': 'secret',
      'proxy-authenticate': 'Basic',
      'x-kept': ['a', 'b'],
      etag: '"1"',
    })
    response.end('{}')
  })
  const { headers } = await gateway.send('/api/orders/orders', {
    headers: {
      connection: 'close, X-Hop',
      'x-hop': '1',
      te: 'trailers',
      'proxy-authorization': 'Basic eA==',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABk',
      'keep-alive': 'timeout=5',
      'x-kept': 'yes',
    },
  })
  const got = orders.received.at(-1)?.headers ?? {}
  for (const name of ['x-hop', 'te', 'proxy-authorization', 'upgrade', 'http2-settings', 'transfer-encoding'])
    assert.equal(got[name], undefined, name)
  assert.equal(got['x-kept'], 'yes')
  assert.equal(headers['x-internal'], undefined)
  assert.equal(headers['proxy-authenticate'], undefined)
  assert.deepEqual([headers['x-kept'], headers.etag], ['a, b', '"1"'])
})

test('who asks and from where is said by the gateway alone', async () => {
  const { gateway, orders } = await world()
  orders.answer((_request, response) => void response.end('{}'))
  await gateway.send('/api/orders/orders', {
    headers: {
      'x-user-id': 'admin',
      'X-User-Role': 'admin',
      'x-user-anything': '1',
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-proto': 'https',
      forwarded: 'for=10.0.0.1',
      'x-real-ip': '10.0.0.1',
      host: '127.0.0.1',
    },
  })
  const got = orders.received.at(-1)?.headers ?? {}
  for (const name of ['x-user-id', 'x-user-role', 'x-user-anything', 'forwarded', 'x-real-ip'])
    assert.equal(got[name], undefined, name)
  assert.match(String(got['x-forwarded-for']), /^(::ffff:)?127\.0\.0\.1$/)
  assert.equal(got['x-forwarded-proto'], 'http')
  assert.equal(got['x-forwarded-host'], '127.0.0.1')
  assert.equal(got.host, new URL(orders.url).host)
})

test('a proxy that is trusted says from where', async () => {
  const { behindProxy, orders } = await world()
  orders.answer((_request, response) => void response.end('{}'))
  await behindProxy.send('/api/orders/orders', {
    headers: { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' },
  })
  const got = orders.received.at(-1)?.headers ?? {}
  assert.match(String(got['x-forwarded-for']), /^203\.0\.113\.7, (::ffff:)?127\.0\.0\.1$/)
  assert.equal(got['x-forwarded-proto'], 'https')
})

test('the id of the request and the trace go on; a wrong one is replaced', async () => {
  const { gateway, orders } = await world()
  orders.answer((_request, response) => void response.end('{}'))
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const good = await gateway.send('/api/orders/orders', {
    headers: { 'x-request-id': 'request-1', traceparent, tracestate: 'a=1' },
  })
  const got = orders.received.at(-1)?.headers ?? {}
  assert.deepEqual([got['x-request-id'], got.traceparent, got.tracestate], ['request-1', traceparent, 'a=1'])
  assert.equal(good.headers['x-request-id'], 'request-1')
  const bad = await gateway.send('/api/orders/orders', {
    headers: { 'x-request-id': 'a b', traceparent: 'nonsense', tracestate: 'a=1' },
  })
  const replaced = orders.received.at(-1)?.headers ?? {}
  assert.equal(replaced['x-request-id'], bad.headers['x-request-id'])
  assert.match(String(replaced['x-request-id']), /^[0-9a-f-]{36}$/)
  assert.deepEqual([replaced.traceparent, replaced.tracestate], [undefined, undefined])
})

test('pages of other sites change nothing, unless their origin is set', async () => {
  const { gateway, forShop, orders } = await world()
  orders.answer((_request, response) => void response.end('{}'))
  const before = orders.received.length
  const foreign = { origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' }
  const path = '/api/orders/orders/1'
  const refused = await gateway.send(path, { method: 'DELETE', headers: foreign })
  assert.equal(refused.status, 403)
  assert.equal(refused.headers['access-control-allow-origin'], undefined)
  assert.equal(orders.received.length, before)
  const preflight = await forShop.send(path, {
    method: 'OPTIONS',
    headers: { ...foreign, 'access-control-request-method': 'DELETE' },
  })
  assert.equal(preflight.headers['access-control-allow-origin'], 'https://shop.example')
  const admitted = await forShop.send(path, { method: 'DELETE', headers: foreign })
  assert.deepEqual(
    [admitted.status, admitted.headers['access-control-allow-origin']],
    [200, 'https://shop.example'],
  )
  const other = await forShop.send(path, {
    method: 'DELETE',
    headers: { ...foreign, origin: 'https://evil.example' },
  })
  assert.equal(other.status, 403)
})

const smuggled = 'GET /api/orders/stats HTTP/1.1\r\nHost: x\r\n\r\n'
const ambiguous: Readonly<Record<string, string>> = {
  'both lengths': `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'two lengths': `Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  'a list of lengths': `Content-Length: 0, ${smuggled.length}\r\n\r\n${smuggled}`,
  'a signed length': `Content-Length: +0\r\n\r\n${smuggled}`,
  'an unknown coding': `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'chunked before another coding': `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
  'a blank before the colon': `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'a folded header': `X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'a bare LF': `X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'a bare CR': `X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'a size of a chunk with more behind it': `Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${smuggled}`,
  'NUL in a header': `X: a\0b\r\n\r\n`,
}

for (const [name, rest] of Object.entries(ambiguous))
  test(`no request is hidden in another: ${name}`, async () => {
    const { gateway, orders } = await world()
    orders.answer((_request, response) => void response.end('{}'))
    const before = orders.received.length
    const answered = await gateway.write(
      `DELETE /api/orders/orders/1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${rest}`,
    )
    assert.match(answered, /^HTTP\/1\.1 4\d\d /)
    assert.equal(answered.match(/HTTP\/1\.1 /g)?.length, 1)
    const got = orders.received.slice(before)
    assert.ok(!got.some(({ url }) => url.includes('stats')))
  })

test('a request with bytes in chunks goes on with its length', async () => {
  const { gateway, orders } = await world()
  orders.answer((_request, response) => void response.end('{}'))
  const answered = await gateway.write(
    'PUT /api/orders/orders/1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n',
  )
  assert.match(answered, /^HTTP\/1\.1 200 /)
  const got = orders.received.at(-1)
  assert.deepEqual(
    [got?.body, got?.headers['content-length'], got?.headers['x-trailer']],
    ['{}', '2', undefined],
  )
})
