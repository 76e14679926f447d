import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '@relevo/kit'
import { createTestIssuer } from '@relevo/kit/test-issuer'
import { forAllTests, serveJson } from '@relevo/testing'
import { config } from './config.ts'
import { runningGateway, testBackend } from './gatewayHarness.ts'

const issuer = createTestIssuer()
const operatorToken = 'the-token-of-operators'

const world = forAllTests(async (t) => {
  const jwks = await serveJson(t, issuer.jwks)
  const backends = { orders: await testBackend(t), inventory: await testBackend(t) }
  const env = { AUTH_JWKS_URL: jwks, OPERATOR_TOKEN: operatorToken }
  return {
    ...backends,
    on: await runningGateway(t, backends, { ...env, AUTH: 'on', RATE_LIMIT_PER_USER: '1000' }),
    narrow: await runningGateway(t, backends, {
      ...env,
      AUTH: 'on',
      RATE_LIMIT_PER_USER: '2',
      RATE_LIMIT_WINDOW_SECONDS: '600',
    }),
    off: await runningGateway(t, backends, env),
  }
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const tokenOf = (role: string, claims: object = {}) => bearer(issuer.token({ claims: { role, ...claims } }))

type Who = 'nobody' | 'forged' | 'customer' | 'operator' | 'admin' | 'token'

function headersOf(who: Who): Record<string, string> {
  if (who === 'nobody') return {}
  if (who === 'token') return bearer(operatorToken)
  if (who === 'forged') return bearer(createTestIssuer().token({ claims: { role: 'admin' } }))
  return tokenOf(who)
}

const open = { nobody: 200, forged: 200, customer: 200, operator: 200, admin: 200, token: 200 }
const forCustomers = { nobody: 401, forged: 401, customer: 200, operator: 200, admin: 200, token: 200 }
const forOperators = { nobody: 401, forged: 401, customer: 403, operator: 200, admin: 200, token: 200 }

for (const [method, path, expected] of [
  ['GET', '/api/inventory/products', open],
  ['GET', '/api/inventory/products/1', open],
  ['GET', '/api/orders/health', open],
  ['GET', '/api/orders/orders', forCustomers],
  ['HEAD', '/api/orders/orders', forCustomers],
  ['DELETE', '/api/orders/orders/1', forCustomers],
  ['GET', '/api/orders/orders/stats', forOperators],
  ['GET', '/api/orders/ORDERS/Stats/', forOperators],
  ['PUT', '/api/orders/orders/1/status', forOperators],
  ['POST', '/api/inventory/products/1/stock', forOperators],
  ['POST', '/api/inventory/products', forOperators],
  ['POST', '/api/orders/dead-letters/redrive', forOperators],
  ['POST', '/api/orders/sagas/1/retry', forOperators],
  ['GET', '/api/orders/dead-letters', forOperators],
] as const)
  test(`AUTH=on: ${method} ${path}`, async () => {
    const { on, orders, inventory } = await world()
    for (const [who, status] of Object.entries(expected)) {
      const before = orders.received.length + inventory.received.length
      const answer = await on.send(path, {
        method,
        headers: { 'content-type': 'application/json', ...headersOf(who as Who) },
        ...(method === 'POST' || method === 'PUT' ? { body: '{}' } : {}),
      })
      assert.equal(answer.status, status, who)
      if (status === 401) assert.match(String(answer.headers['www-authenticate']), /^Bearer/)
      const passed = orders.received.length + inventory.received.length - before
      assert.equal(passed, status === 200 ? 1 : 0, who)
    }
  })

test('the service gets who it is, and the token to verify it by', async () => {
  const { on, orders } = await world()
  const headers = {
    ...tokenOf('customer', { sub: 'customer-7' }),
    'x-user-id': 'admin',
    'x-user-role': 'admin',
  }
  await on.send('/api/orders/orders', { headers })
  const got = orders.received.at(-1)?.headers
  assert.deepEqual([got?.['x-user-id'], got?.['x-user-role']], ['customer-7', 'customer'])
  assert.equal(got?.authorization, headers.authorization)
})

test('a user has a limit of its own', async () => {
  const { narrow } = await world()
  const ask = (sub: string) => narrow.send('/api/orders/orders', { headers: tokenOf('customer', { sub }) })
  const first = await ask('user-1')
  assert.match(String(first.headers.ratelimit), /^"address";r=\d+;t=\d+, "user";r=1;t=\d+$/)
  await ask('user-1')
  const refused = await ask('user-1')
  assert.deepEqual([refused.status, Number(refused.headers['retry-after']) > 500], [429, true])
  assert.equal((await ask('user-2')).status, 200)
})

test('AUTH=off: all but what is for operators is open', async () => {
  const { off } = await world()
  assert.equal((await off.send('/api/orders/orders/stats')).status, 200)
  assert.equal((await off.send('/api/inventory/products', { method: 'POST', body: '{}' })).status, 200)
  const redrive = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  assert.equal((await off.send('/api/orders/dead-letters/redrive', redrive)).status, 401)
  const withToken = { ...redrive, headers: { ...redrive.headers, ...bearer(operatorToken) } }
  assert.equal((await off.send('/api/orders/dead-letters/redrive', withToken)).status, 200)
})

test('AUTH=off is refused on an address that others reach', () => {
  assert.throws(
    () => loadConfig(config, { HOST: '0.0.0.0', AUTH: 'off' }),
    /AUTH must be on where HOST is "0.0.0.0"/,
  )
  assert.equal(loadConfig(config, { HOST: '0.0.0.0', AUTH: 'on' }).auth, 'on')
})
