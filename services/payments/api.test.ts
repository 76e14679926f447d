import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig, ServiceError } from '@relevo/kit'
import { forAllTests } from '@relevo/testing'
import { config } from './config.ts'
import { charge, refund, runningPayments } from './paymentsHarness.ts'

// The first test has all that is there.
const running = forAllTests((t) => runningPayments(t))

test('payments are listed, the newest first, in pages and by order, and shown by number', async () => {
  const h = running()
  const [first, declined, tombstone] = [randomUUID(), randomUUID(), randomUUID()]
  await h.send([charge(first, { amountMinor: 99_999_999_999_999n, email: 'a@example.com' })])
  await h.until('/stats', ({ processed, pending }) => processed === 1 && pending === 0)
  await h.send([charge(declined, { email: 'declined@example.com' })])
  await h.until('/stats', ({ processed, pending }) => processed === 2 && pending === 0)
  await h.send([refund(tombstone)])
  await h.until('/stats', ({ processed }) => processed === 3)

  const { body } = await h.ask('/payments')
  const shown = body.payments.map(({ order_id, status, amount, reason }: Record<string, unknown>) => [
    order_id,
    status,
    amount,
    reason,
  ])
  assert.deepEqual(shown, [
    [tombstone, 'cancelled', null, 'CANCELLED'],
    [declined, 'declined', 15.06, 'CUSTOMER_DECLINED'],
    [first, 'declined', 999_999_999_999.99, 'AMOUNT_ABOVE_LIMIT'],
  ])
  const page = (await h.ask('/payments?limit=2')).body
  assert.deepEqual([page.count, page.payments], [2, body.payments.slice(0, 2)])
  const rest = (await h.ask(`/payments?limit=2&cursor=${page.next_cursor}`)).body
  assert.deepEqual(rest, { count: 1, payments: body.payments.slice(2) })
  const ofOrder = await h.ask(`/payments?order_id=${declined}`)
  assert.deepEqual(ofOrder.body, { count: 1, payments: [body.payments[1]] })
  assert.deepEqual((await h.ask(`/payments?order_id=${randomUUID()}`)).body, { count: 0, payments: [] })

  const { id } = body.payments[2]
  const one = await h.ask(`/payments/${id}`)
  assert.deepEqual([one.status, one.body], [200, body.payments[2]])
  assert.match(one.text, /"amount":999999999999\.99,/)
  assert.ok(!one.text.includes('a@example.com'), 'addresses are not shown')
})

test('a charged payment shows the reference of the provider and nothing that is pending', async () => {
  const h = running()
  const order = randomUUID()
  await h.send([charge(order, { amountMinor: 150n })])
  const { payments } = await h.until('/payments', ({ payments: [found] }) => found?.status === 'charged')
  const { id, created_at, updated_at } = payments[0]
  assert.match((await h.ask(`/payments/${id}`)).text, /"amount":1\.50,/)
  assert.deepEqual(payments[0], {
    id,
    order_id: order,
    status: 'charged',
    amount: 1.5,
    currency: 'USD',
    customer_id: null,
    reason: null,
    provider_reference: `sandbox-${order}`,
    attempts: 0,
    last_error: null,
    pending_since: null,
    created_at,
    updated_at,
  })
})

test('bad input is refused with a reason', async () => {
  const { ask, post } = running()
  for (const [path, status, reason] of [
    ['/payments?order_id=1', 400, /"order_id" must be a UUID/],
    ['/payments?order_id=a&order_id=b', 400, /"order_id"/],
    ['/payments?limit=0', 400, /"limit" must be a whole number/],
    ['/payments?cursor=x', 400, /"cursor" is not valid/],
    ['/payments?page=2', 400, /Unknown parameters: "page"/],
    ['/payments/0', 400, /"id" must be a whole number/],
    ['/payments/x', 400, /"id"/],
    ['/payments/99999999999999999999', 400, /"id"/],
    ['/payments/999', 404, /no payment 999/],
  ] as const) {
    const { status: got, body } = await ask(path)
    assert.equal(got, status, path)
    assert.match(body.detail, reason, path)
  }
  assert.equal((await post('/payments', {})).status, 405)
})

test('what the sandbox is told must be an amount and a share', () => {
  const load = (env: Record<string, string>) =>
    loadConfig(config, { DATABASE_URL: 'postgres://h/d', KAFKA_BROKERS: 'h:1', ...env })
  assert.ok(load({ SANDBOX_DECLINE_ABOVE: '0.01', SANDBOX_FAILURE_RATE: '1' }))
  for (const [name, value] of [
    ['SANDBOX_DECLINE_ABOVE', '1.001'],
    ['SANDBOX_DECLINE_ABOVE', '-1'],
    ['SANDBOX_DECLINE_ABOVE', 'much'],
    ['SANDBOX_FAILURE_RATE', '1.1'],
    ['SANDBOX_FAILURE_RATE', '-0.1'],
    ['SANDBOX_FAILURE_RATE', 'half'],
  ] as const)
    assert.throws(
      () => load({ [name]: value }),
      (error) => error instanceof ServiceError && error.problems.some((problem) => problem.startsWith(name)),
      value,
    )
})
