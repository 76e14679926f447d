// What goes wrong with payments elsewhere, each as a test.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import type pg from 'pg'
import { checkLaws } from '../../proof/checkLaws.ts'
import { paymentLaws } from '../../systems/shop/laws.ts'
import { mostWaiting } from './domain/takeCommand.ts'
import { ask, charge, paymentsHarness, refund } from './paymentsHarness.ts'
import { postponeCall } from './sql/postponeCall.ts'

// Each test has orders of its own, and leaves no call that is due.
const harness = forAllTests(paymentsHarness)

test('a charge is one intent and no call in the transaction of the command, and is settled with reply and event', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(charge(order))
  assert.deepEqual([await h.stateOf(order), await h.held(order)], ['requested', [0, 0]])
  assert.deepEqual([await h.replies(order), await h.news(order)], [[], []])
  await h.work()
  assert.deepEqual([await h.stateOf(order), await h.held(order)], ['charged', [1506, 1]])
  const [reply] = await h.events('payments.responses', order)
  const [event] = await h.events('payments.events', order)
  const { payment_id } = reply.payload
  const amount = { amount: '15.06', currency: 'USD' }
  const about = { saga_id: order, step: 'charge', attempt: 1, order_id: order }
  assert.deepEqual([reply.type, reply.payload], ['CHARGED', { ...about, payment_id, amount }])
  assert.deepEqual([event.type, event.payload], ['PAYMENT_CHARGED', { payment_id, order_id: order, amount }])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 3, duplicates: a CHARGE that comes again, also while it is under way and by another attempt, is one charge, and each attempt is answered', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(charge(order), charge(order), charge(order, { attempt: 2 }))
  await h.take(charge(order, { attempt: 2 }))
  await h.work()
  assert.deepEqual(await h.replies(order), ['CHARGED 1', 'CHARGED 2'])
  await h.take(charge(order, { attempt: 3 }))
  await h.work()
  assert.deepEqual(await h.replies(order), ['CHARGED 1', 'CHARGED 2', 'CHARGED 3'])
  assert.deepEqual([await h.held(order), await h.news(order)], [[1506, 1], ['PAYMENT_CHARGED']])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('another amount, or currency, for the same order is declined as such, and the first charge stands', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(charge(order), charge(order, { amountMinor: 1507n, attempt: 2 }))
  await h.work()
  await h.take(charge(order, { currency: 'EUR', attempt: 3 }))
  await h.work()
  assert.deepEqual(await h.replies(order), [
    'DECLINED OTHER_AMOUNT 2',
    'CHARGED 1',
    'DECLINED OTHER_AMOUNT 3',
  ])
  assert.deepEqual([await h.held(order), await h.news(order)], [[1506, 1], ['PAYMENT_CHARGED']])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 1, reply after time-out: what was charged late is given back exactly once, whatever comes again', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(charge(order), charge(order, { attempt: 2 }))
  await h.work()
  await h.take(refund(order), refund(order))
  await h.take(refund(order, 2))
  await h.work()
  await h.take(refund(order), charge(order, { attempt: 2 }))
  await h.work()
  assert.deepEqual(await h.replies(order), [
    'CHARGED 1',
    'CHARGED 2',
    'REFUNDED 1',
    'REFUNDED 2',
    'REFUNDED 1',
    'DECLINED CANCELLED 2',
  ])
  assert.deepEqual(await h.held(order), [0, 2])
  assert.deepEqual(await h.news(order), ['PAYMENT_CHARGED', 'PAYMENT_REFUNDED'])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 2, cancel overtakes charge: the REFUND leaves a tombstone, and the CHARGE behind it is declined without a call', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(refund(order))
  assert.deepEqual(await h.replies(order), ['REFUNDED 1'])
  await h.take(charge(order))
  await h.take(charge(order, { attempt: 2 }), refund(order, 2))
  await h.work()
  assert.deepEqual(await h.replies(order), [
    'REFUNDED 1',
    'DECLINED CANCELLED 1',
    'DECLINED CANCELLED 2',
    'REFUNDED 2',
  ])
  assert.deepEqual(await h.held(order), [0, 0])
  assert.deepEqual([await h.stateOf(order), await h.news(order)], ['cancelled', ['PAYMENT_DECLINED']])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('a refund before any call was begun cancels the charge, and the provider never hears of it', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(charge(order))
  await h.take(refund(order))
  await h.work()
  assert.deepEqual(await h.replies(order), ['DECLINED CANCELLED 1', 'REFUNDED 1'])
  assert.deepEqual([await h.held(order), await h.news(order)], [[0, 0], ['PAYMENT_DECLINED']])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('a refund while the charge is under way: what the provider took is given back, and the order hears of one end', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(charge(order))
  const [call] = await h.lease()
  assert.ok(call)
  const outcome = await ask(h.provider, call)
  await h.take(refund(order))
  assert.deepEqual([await h.stateOf(order), await h.held(order)], ['cancelling', [1506, 1]])
  await h.settle(call, outcome)
  assert.deepEqual([await h.stateOf(order), await h.replies(order)], ['refunding', []])
  await h.take(charge(order, { attempt: 2 }))
  await h.work()
  assert.deepEqual(await h.replies(order), ['DECLINED CANCELLED 1', 'REFUNDED 1', 'DECLINED CANCELLED 2'])
  assert.deepEqual(await h.held(order), [0, 2])
  assert.deepEqual(await h.news(order), ['PAYMENT_CHARGED', 'PAYMENT_REFUNDED'])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 8, undo of what never happened: the refund of a declined charge calls nobody, and what was declined stays so', async () => {
  const h = harness()
  const [large, refused, racing] = [randomUUID(), randomUUID(), randomUUID()]
  await h.take(
    charge(large, { amountMinor: 10_000_001n }),
    charge(refused, { email: 'Declined@example.com' }),
  )
  await h.take(charge(racing, { email: 'declined@example.com' }))
  const calls = await h.lease()
  await h.take(refund(racing))
  for (const call of calls) await h.settle(call, await ask(h.provider, call))
  assert.deepEqual(await h.replies(large), ['DECLINED AMOUNT_ABOVE_LIMIT 1'])
  assert.deepEqual(await h.replies(racing), ['DECLINED CUSTOMER_DECLINED 1', 'REFUNDED 1'])
  await h.take(refund(refused), charge(refused, { attempt: 2 }))
  await h.work()
  assert.deepEqual(await h.replies(refused), [
    'DECLINED CUSTOMER_DECLINED 1',
    'REFUNDED 1',
    'DECLINED CUSTOMER_DECLINED 2',
  ])
  assert.deepEqual([await h.held(refused), await h.news(refused)], [[0, 1], ['PAYMENT_DECLINED']])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('100000.00 is still charged: the limit is exact', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(charge(order, { amountMinor: 10_000_000n }))
  await h.work()
  assert.deepEqual(await h.replies(order), ['CHARGED 1'])
})

test('unknown outcome: it is asked again with the same key, and a worker that lost its lease settles nothing', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(charge(order))
  const [first] = await h.lease()
  assert.ok(first)
  assert.deepEqual(await h.lease(), [], 'it is leased')
  const outcome = await ask(h.provider, first)
  await h.passTime()
  const [second] = await h.lease()
  assert.ok(second)
  assert.deepEqual([second.attempts, second.lease === first.lease], [2, false])
  assert.deepEqual(await h.settle(first, outcome), [])
  await postponeCall(h.pool, first, { delayMs: 0, error: 'late', report: true })
  assert.deepEqual([await h.stateOf(order), await h.replies(order)], ['requested', []])
  await h.settle(second, await ask(h.provider, second))
  assert.deepEqual(await h.settle(second, outcome), [])
  assert.deepEqual([await h.replies(order), await h.held(order)], [['CHARGED 1'], [1506, 2]])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('a CHARGE of a worker that is long gone reaches the provider after the refund: it is no second charge', async () => {
  const h = harness()
  const order = randomUUID()
  await h.take(charge(order))
  const [stale] = await h.lease()
  assert.ok(stale)
  await h.passTime()
  await h.work()
  await h.take(refund(order))
  await h.work()
  const outcome = await ask(h.provider, stale)
  assert.equal(outcome.type, 'approved')
  assert.deepEqual([await h.settle(stale, outcome), await h.held(order)], [[], [0, 3]])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('forty workers at once lease each call once', async () => {
  const h = harness()
  const orders = Array.from({ length: 60 }, () => randomUUID())
  await h.take(...orders.map((order) => charge(order)))
  const leased = (await Promise.all(Array.from({ length: 40 }, () => h.lease()))).flat()
  assert.deepEqual(leased.map(({ orderId }) => orderId).sort(), orders.sort())
  await h.passTime()
  await h.work()
  assert.deepEqual(await h.brokenLaws(), [])
})

test('a provider that hangs while attempts go on: only the last of them wait, and are answered', async () => {
  const h = harness()
  const order = randomUUID()
  const attempts = mostWaiting + 50
  await h.take(charge(order))
  const [call] = await h.lease()
  assert.ok(call)
  await h.take(...Array.from({ length: attempts - 1 }, (_, n) => charge(order, { attempt: n + 2 })))
  await h.settle(call, await ask(h.provider, call))
  const last = Array.from({ length: mostWaiting }, (_, n) => `CHARGED ${attempts - mostWaiting + n + 1}`)
  assert.deepEqual(await h.replies(order), last)
  assert.deepEqual([await h.held(order), await h.brokenLaws()], [[1506, 1], []])
})

test('replies and events that are told later name the command that they follow from', async () => {
  const h = harness()
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const origin = { ce_causationid: randomUUID(), ce_correlationid: randomUUID(), traceparent }
  const order = randomUUID()
  await h.take(charge(order, { origin }))
  await h.work()
  for (const topic of ['payments.responses', 'payments.events'])
    assert.deepEqual((await h.events(topic, order))[0]?.headers, origin)
})

test('the check finds what breaks each law', async () => {
  const h = harness()
  const [taken, given] = [randomUUID(), randomUUID()]
  await h.take(charge(taken), charge(given))
  await h.work()
  await h.take(refund(given))
  await h.work()
  assert.deepEqual(await h.brokenLaws(), [])
  const provider = 'the provider holds just what the payments say, in one charge of what was asked for'
  const events = 'the events told just what the payments say, in one charge of what was asked for'
  for (const [harm, laws] of [
    [`delete from sandbox_entry where key = '${taken}'`, [provider]],
    [`delete from sandbox_entry where kind = 'refund'`, [provider]],
    [`update sandbox_entry set amount_minor = 1507 where key = '${given}'`, [provider]],
    [`update sandbox_entry set currency = 'EUR' where key = '${taken}'`, [provider]],
    [`update payment set order_id = gen_random_uuid() where order_id = '${taken}'`, [provider, events]],
    [`update payment set state = 'refunded' where order_id = '${taken}'`, [provider, events]],
    [`delete from outbox.event where type = 'PAYMENT_REFUNDED'`, [events]],
    [
      `insert into outbox.event (shard, event_id, topic, key, type, payload)
      select shard, gen_random_uuid(), topic, key, type, payload from outbox.event
      where type = 'PAYMENT_CHARGED' and key = '${taken}'`,
      [events],
    ],
    [
      `update payment set state = 'refunding', due_at = now(), pending_since = now() where order_id = '${taken}'`,
      ['no payment is pending, and nobody waits for an answer'],
    ],
    // Retention has dropped the events of that day.
    [
      `with dropped as (delete from outbox.event where key = '${taken}')
      update payment set created_at = created_at - interval '40 days' where order_id = '${taken}'`,
      [],
    ],
  ] as const) {
    const found = await withHarm(h.pool, harm)
    assert.deepEqual(found, laws, harm)
  }
})

async function withHarm(pool: pg.Pool, harm: string): Promise<string[]> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(harm)
    return (await checkLaws(paymentLaws, { payments: client })).map(({ law }) => law)
  } finally {
    await client.query('rollback')
    client.release()
  }
}
