import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import type { Command } from './domain/command.ts'
import { charge, refund, runningPayments } from './paymentsHarness.ts'

/** Polling is off: whoever has work must be woken. */
const patient = { POLL_INTERVAL_MS: '600000' }

test('charges by way of Kafka, each delivered twice, are settled at once: the worker is woken', async (t) => {
  const h = await runningPayments(t, patient)
  const orders = Array.from({ length: 60 }, () => randomUUID())
  const commands = orders.map((order) => charge(order))
  const ids = commands.map(() => randomUUID())
  await h.send(commands, ids)
  await h.send(commands, ids)
  await repliesOf(h, 60)
  await h.until('/stats', ({ duplicates, pending }) => duplicates === 60 && pending === 0)
  await h.send(orders.map((order) => refund(order)))
  await repliesOf(h, 120)
  for (const order of orders) assert.deepEqual(await h.replies(order), ['CHARGED 1', 'REFUNDED 1'])
  assert.deepEqual(await h.brokenLaws(), [])
})

function repliesOf({ events }: Pick<Awaited<ReturnType<typeof runningPayments>>, 'events'>, count: number) {
  return eventually(
    async () => (await events('payments.responses')).length === count,
    `${count} replies`,
    60_000,
  )
}

test('a provider that fails half of its calls, before and after their effect: each order has one charge in the end', async (t) => {
  const h = await runningPayments(t, { SANDBOX_FAILURE_RATE: '0.5' })
  const orders = Array.from({ length: 40 }, () => randomUUID())
  await h.send(orders.map((order) => charge(order)))
  const cancelled = orders.slice(0, 20)
  await h.send(cancelled.map((order) => refund(order)))
  await repliesOf(h, 60)
  await h.until('/stats', ({ pending }) => pending === 0)
  for (const order of orders) assert.equal((await h.held(order))[0], cancelled.includes(order) ? 0 : 1506)
  assert.deepEqual(await h.brokenLaws(), [])
  const metrics = (await h.ask('/metrics')).text
  assert.match(metrics, /relevo_payment_provider_calls_total\{operation="authorize",result="unknown"\} [1-9]/)
  assert.match(metrics, /relevo_payment_outcomes_total\{outcome="charged"\} [1-9]/)
})

test('a provider that hangs is asked again, never taken for one that declines, and what it keeps from being settled is shown', async (t) => {
  const h = await runningPayments(t, {
    SANDBOX_SLOW_MS: '600000',
    PROVIDER_TIMEOUT_MS: '50',
    UNSETTLED_AFTER_MS: '1',
    POLL_INTERVAL_MS: '20',
  })
  const order = randomUUID()
  await h.send([charge(order)])
  await h.until('/stats', ({ unsettled }) => unsettled === 1)
  const payment = await eventually(async () => {
    const { payments } = (await h.ask(`/payments?order_id=${order}`)).body
    return payments[0]?.attempts > 2 && payments[0]
  })
  assert.deepEqual([payment.status, payment.reason], ['requested', null])
  assert.match(payment.last_error, /^timeout: The provider did not answer within 50 ms/)
  const metrics = await eventually(async () => {
    const { text } = await h.ask('/metrics')
    return text.includes('relevo_payment_unsettled_payments 1') && text
  })
  assert.match(
    metrics,
    /relevo_payment_oldest_pending_seconds 0\.\d|relevo_payment_oldest_pending_seconds [1-9]/,
  )
  const { reported } = (await h.pool.query('select reported from payment')).rows[0]
  assert.equal(reported, true)
  assert.deepEqual(await h.replies(order), [])
})

test('a process that stops settles the calls in hand first', async (t) => {
  const h = await runningPayments(t, { ...patient, SANDBOX_SLOW_MS: '300' })
  const order = randomUUID()
  await h.send([charge(order)])
  await eventually(async () => {
    const { rows } = await h.pool.query('select from payment where lease is not null')
    return rows.length === 1
  })
  await h.stop()
  assert.deepEqual(h.failures, [])
  assert.deepEqual([await h.stateOf(order), await h.replies(order)], ['charged', ['CHARGED 1']])
})

test('a command that is none is a dead letter with a reason, and the orders beside it go on', async (t) => {
  const h = await runningPayments(t)
  const about = (order: string) => ({ saga_id: order, step: 'charge', attempt: 1, order_id: order })
  const priced = (amount: unknown) => ({ ...about(randomUUID()), amount })
  const usd = (amount: unknown) => priced({ amount, currency: 'USD' })
  const wrong = [
    usd('1.005'),
    usd('-1.00'),
    usd(15.06),
    usd('1e3'),
    usd('1000000000000.00'),
    usd(''),
    priced({ amount: '1.00', currency: 'usd' }),
    priced(undefined),
    { ...usd('1.00'), order_id: 'no-uuid' },
    { ...usd('1.00'), attempt: 1.5 },
    { ...usd('1.00'), customer_email: 'x'.repeat(321) },
  ]
  const unstorable = { ...usd('1.00'), customer_email: 'a\0b' }
  await h.sendRaw([...wrong, unstorable].map((value) => ({ type: 'CHARGE', value })))
  await h.sendRaw([{ type: 'REFUND', value: { ...about(randomUUID()), reason: '' } }])
  await h.sendRaw([{ type: 'CAPTURE', value: usd('1.00') }])
  const order: Command = charge(randomUUID())
  await h.send([order])
  await h.until('/stats', (stats) => stats.dead_letters === wrong.length + 3 && stats.processed === 1)
  const { body } = await h.ask('/dead-letters?limit=100')
  const reasons = body.dead_letters.map(({ reason }: { reason: string }) => reason)
  assert.deepEqual(new Set(reasons), new Set(['schemaViolation', 'attemptsExhausted', 'unknownType']))
  await repliesOf(h, 1)
  assert.deepEqual(await h.brokenLaws(), [])
})
