import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestIssuer } from '@relevo/kit/test-issuer'
import { forAllTests, serveJson } from '@relevo/testing'
import { runningOrders, seedOrder } from './ordersHarness.ts'

const issuer = createTestIssuer()

const world = forAllTests(async (t) => {
  const jwks = await serveJson(t, issuer.jwks)
  return runningOrders(t, { AUTH: 'on', AUTH_JWKS_URL: jwks, OPERATOR_TOKEN: 'the-token-of-operators' })
})

const as = (sub: string, role = 'customer') => ({
  authorization: `Bearer ${issuer.token({ claims: { sub, role } })}`,
})
const customers = { ana: as('ana'), bob: as('bob') }

test('a customer sees and cancels his own orders, and the others are not there for him', async () => {
  const h = await world()
  const placed = await h.post('/orders', seedOrder, customers.ana)
  assert.deepEqual([placed.status, placed.body.customer_id], [201, 'ana'])
  const path = `/orders/${placed.body.id}`
  for (const [who, status] of [
    [customers.ana, 200],
    [customers.bob, 404],
    [as('op', 'operator'), 200],
  ] as const) {
    for (const more of ['', '/history', '/saga'])
      assert.equal((await h.ask(path + more, { headers: who })).status, status, more)
  }
  const listed = async (who: Record<string, string>) =>
    (await h.ask('/orders', { headers: who })).body.orders.map(({ id }: { id: string }) => id)
  assert.deepEqual(await listed(customers.ana), [placed.body.id])
  assert.deepEqual(await listed(customers.bob), [])
  assert.ok((await listed(as('op', 'operator'))).includes(placed.body.id))
  assert.equal((await h.ask(path, { method: 'DELETE', headers: customers.bob })).status, 404)
  const prefer = { prefer: 'wait=0' }
  assert.ok(
    [200, 202].includes(
      (await h.ask(path, { method: 'DELETE', headers: { ...customers.ana, ...prefer } })).status,
    ),
  )
})

test('nobody orders in the name of another customer', async () => {
  const h = await world()
  const items = [{ product_id: 'LAPTOP-001', quantity: 1, price: 1299.99 }]
  const foreign = await h.post('/orders', { customer_id: 'ana', items }, customers.bob)
  assert.equal(foreign.status, 403)
  const own = await h.post('/orders', { customer_id: 'bob', items }, customers.bob)
  assert.deepEqual([own.status, own.body.customer_id], [201, 'bob'])
})

test('AUTH=on: who sends no token gets nothing, and what is for operators is not for customers', async () => {
  const h = await world()
  for (const [path, init] of [
    ['/orders', {}],
    ['/orders/stats', {}],
  ] as const)
    assert.equal((await h.ask(path, init)).status, 401, path)
  assert.equal((await h.post('/orders', seedOrder)).status, 401)
  assert.equal((await h.ask('/orders/stats', { headers: customers.ana })).status, 403)
  assert.equal((await h.ask('/orders/stats', { headers: as('op', 'operator') })).status, 200)
  const token = { authorization: 'Bearer the-token-of-operators' }
  assert.equal((await h.ask('/orders/stats', { headers: token })).status, 200)
})
