// What goes wrong with sagas and orders elsewhere, each as a test.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { rebuildProjection } from '@relevo/event-store'
import { inTransaction } from '@relevo/kit'
import type { Queryable } from '@relevo/outbox'
import { askSagas, defineSaga, type ReplyEvent } from '@relevo/saga'
import { eventually, silent } from '@relevo/testing'
import type pg from 'pg'
import { checkLaws } from '../../proof/checkLaws.ts'
import { orderLaws } from '../../systems/shop/laws.ts'
import { advanceOrder } from './commands/changeStatus.ts'
import { placeOrder } from './commands/placeOrder.ts'
import { ordersByHand, someOrder } from './ordersHarness.ts'
import { projections } from './rebuild.ts'

type Orders = Awaited<ReturnType<typeof ordersByHand>>

/** A sale until its payment is asked for, or taken. */
async function reserved(h: Orders): Promise<string> {
  const id = await h.place()
  await h.reply('RESERVE', id, 'RESERVED')
  return id
}

async function confirmed(h: Orders): Promise<string> {
  const id = await reserved(h)
  await h.reply('CHARGE', id, 'CHARGED')
  return id
}

test('trap 1, reply after time-out: what is reserved or charged late is undone exactly once, and the order stays cancelled', async (t) => {
  const h = await ordersByHand(t)
  h.sagas.start()
  const id = await h.place()
  const late = await h.answer('RESERVE', id, 'RESERVED')
  for (const attempt of [2, 3]) {
    await h.timeOut(id)
    await eventually(async () => (await h.saga(id)).steps.reserve?.attempts === attempt)
  }
  await h.reply('RELEASE', id, 'RELEASED')
  const { status, cancellation } = await h.order(id)
  assert.deepEqual(
    [status, cancellation],
    ['CANCELLED', { reason: 'TIMEOUT', detail: 'The step reserve was not answered in time' }],
  )
  await h.take(late)
  await h.take(late)
  assert.deepEqual(await h.types('inventory.requests', id), ['RESERVE', 'RESERVE', 'RELEASE', 'RELEASE'])
  await h.reply('RELEASE', id, 'RELEASED')

  const other = await reserved(h)
  const charged = await h.answer('CHARGE', other, 'CHARGED')
  await h.cancel(other)
  await h.reply('REFUND', other, 'REFUNDED')
  await h.reply('RELEASE', other, 'RELEASED')
  await h.take(charged, charged)
  assert.deepEqual(await h.types('payments.requests', other), ['CHARGE', 'REFUND', 'REFUND'])
  await h.reply('REFUND', other, 'REFUNDED')
  for (const each of [id, other])
    assert.deepEqual(await h.types('orders.events', each), ['ORDER_CREATED', 'ORDER_CANCELLED'])
  assert.equal((await h.events('notifications.requests')).length, 2)
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 3, duplicate reply and stale attempt: the saga advances once, and sends no second command', async (t) => {
  const h = await ordersByHand(t)
  h.sagas.start()
  const id = await h.place()
  const first = await h.answer('RESERVE', id, 'RESERVED')
  await h.timeOut(id)
  await eventually(async () => (await h.saga(id)).attempt === 2)
  await h.take(first)
  assert.deepEqual(await h.types('payments.requests', id), [])
  const second = await h.answer('RESERVE', id, 'RESERVED')
  await h.take(second, second)
  await h.take({ ...second, id: randomUUID() }, first)
  assert.deepEqual(await h.types('payments.requests', id), ['CHARGE'])
  assert.deepEqual(await h.types('inventory.requests', id), ['RESERVE', 'RESERVE'])
})

test('trap 4, a reply to a saga that is not there or has ended is kept, and nothing is tried for ever', async (t) => {
  const h = await ordersByHand(t)
  const id = await confirmed(h)
  const committed = await h.answer('COMMIT', id, 'COMMITTED')
  await h.take(committed)
  await h.take({ ...committed, id: randomUUID() })
  const stranger = { ...committed, data: { ...committed.data, saga_id: randomUUID() } }
  await h.take(stranger, stranger)
  const { rows } = await h.pool.query('select treatment from saga.late_reply order by id')
  assert.deepEqual(
    rows.map(({ treatment }) => treatment),
    ['ignored', 'unknownSaga'],
  )
  assert.equal((await h.saga(id)).status, 'completed')
})

test('trap 5, lost update: replies to many sagas by two consumers at once, in opposite order', async (t) => {
  const h = await ordersByHand(t)
  const ids = await Promise.all(Array.from({ length: 10 }, () => reserved(h)))
  const replies = await Promise.all(ids.map((id) => h.answer('CHARGE', id, 'CHARGED')))
  await Promise.all([h.take(...replies), h.take(...replies.toReversed()), h.take(...replies)])
  for (const id of ids) {
    assert.deepEqual(await h.types('orders.events', id), ['ORDER_CREATED', 'ORDER_CONFIRMED'])
    assert.deepEqual(await h.types('inventory.requests', id), ['RESERVE', 'COMMIT'])
  }
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 9, a customer cancels between request and reply: one terminal state, whatever comes first', async (t) => {
  const h = await ordersByHand(t)
  const inFlight = await h.place()
  const reply = await h.answer('RESERVE', inFlight, 'RESERVED')
  assert.equal((await h.cancel(inFlight))?.outcome, 'pending')
  await h.take(reply)
  await h.reply('RELEASE', inFlight, 'RELEASED')
  assert.equal(await h.status(inFlight), 'CANCELLED')
  assert.equal((await h.cancel(inFlight))?.outcome, 'done')
  assert.deepEqual(await h.types('payments.requests', inFlight), [])

  // Past the pivot the cancellation waits for the end, and nothing is shipped meanwhile.
  const late = await confirmed(h)
  assert.equal((await h.cancel(late))?.outcome, 'pending')
  assert.equal((await h.advance(late, 'SHIPPED'))?.outcome, 'cancelling')
  for (const [command, type] of [
    ['COMMIT', 'COMMITTED'],
    ['REFUND', 'REFUNDED'],
    ['RELEASE', 'RELEASED'],
  ] as const)
    await h.reply(command, late, type)
  assert.equal(await h.status(late), 'CANCELLED')
  assert.deepEqual(await h.advance(late, 'SHIPPED'), { outcome: 'refused', status: 'CANCELLED' })
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 7, a purchase that cannot be returned, cancelled or timed out before it was confirmed: it is confirmed after all', async (t) => {
  const h = await ordersByHand(t)
  h.sagas.start()
  const buy = { ...someOrder, type: 'buy' } as const
  const [cancelled, late] = [await h.place(buy), await h.place(buy)]
  const received = await h.answer('RECEIVE', cancelled, 'RECEIVED')
  assert.equal((await h.cancel(cancelled))?.outcome, 'pending')
  await h.take(received)
  for (const attempt of [2, 3]) {
    await h.timeOut(late)
    await eventually(async () => (await h.saga(late)).steps.receive?.attempts === attempt)
  }
  for (const id of [cancelled, late]) {
    await h.reply('RETURN', id, 'REJECTED')
    const { status, stuckSince } = await h.saga(id)
    assert.deepEqual([await h.status(id), status, stuckSince], ['CONFIRMED', 'completed', null])
    assert.deepEqual(await h.types('orders.events', id), ['ORDER_CREATED', 'ORDER_CONFIRMED'])
    assert.deepEqual(
      (await h.told(id)).map(({ payload }) => payload.template),
      ['order_confirmed'],
    )
  }
  assert.deepEqual(await h.brokenLaws(), [])
  await h.cancel(cancelled)
  await h.reply('RETURN', cancelled, 'RETURNED')
  assert.equal((await h.advance(late, 'SHIPPED'))?.outcome, 'done')
  assert.deepEqual([await h.status(cancelled), await h.status(late)], ['CANCELLED', 'SHIPPED'])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 9, PUT status races DELETE and the saga: one of them wins, and the other is told', async (t) => {
  const h = await ordersByHand(t)
  for (let n = 0; n < 10; n++) {
    const id = await confirmed(h)
    const committed = await h.answer('COMMIT', id, 'COMMITTED')
    const ship = () => h.advance(id, 'SHIPPED')
    const cancel = () => h.cancel(id)
    const [first, second] = n % 2 ? [ship, cancel] : [cancel, ship]
    const [one, , other] = await Promise.all([first(), h.take(committed), second()])
    const [shipped, cancelled] = n % 2 ? [one, other] : [other, one]
    const status = await h.status(id)
    if (shipped?.outcome === 'done') {
      assert.deepEqual([status, cancelled], ['SHIPPED', { outcome: 'refused', status: 'SHIPPED' }])
    } else {
      assert.deepEqual([shipped?.outcome, cancelled?.outcome], ['cancelling', 'pending'])
      await h.reply('REFUND', id, 'REFUNDED')
      await h.reply('RELEASE', id, 'RELEASED')
      assert.equal(await h.status(id), 'CANCELLED')
    }
  }
  assert.deepEqual(await h.brokenLaws(), [])
})

test('an order that is shipped is not undone any more: an operator is refused, with the reason in the history', async (t) => {
  const h = await ordersByHand(t)
  h.sagas.start()
  const [sent, kept] = [await confirmed(h), await confirmed(h)]
  for (const id of [sent, kept]) await h.reply('COMMIT', id, 'COMMITTED')
  await h.advance(sent, 'SHIPPED')
  const compensate = async (key: string) =>
    (await askSagas(h.pool, { key, status: 'completed' }, 'compensate', { note: 'why', waitMs: 30_000 }))[0]
      ?.result
  assert.deepEqual([await compensate(sent), await compensate(kept)], ['refused', 'accepted'])
  assert.deepEqual([await h.status(sent), (await h.saga(sent)).status], ['SHIPPED', 'completed'])
  assert.deepEqual((await h.saga(sent)).history.at(-1)?.detail, {
    command: 'compensate',
    note: 'why',
    result: 'refused',
    refusal: `Order ${sent} is SHIPPED`,
  })
  await h.reply('REFUND', kept, 'REFUNDED')
  await h.reply('RELEASE', kept, 'RELEASED')
  assert.deepEqual(
    [await h.status(kept), await h.types('payments.requests', sent)],
    ['CANCELLED', ['CHARGE']],
  )
  assert.deepEqual(await h.brokenLaws(), [])
})

test('a change of an order that its event store does not take is not told as done, and undoes its transaction', async (t) => {
  const h = await ordersByHand(t)
  const [id, other] = [await confirmed(h), await reserved(h)]
  const conflict = async () => ({ outcome: 'conflict' as const, version: 2 })
  const store = { ...h.orders.store, execute: conflict }
  const ship = h.inTransaction((client) => advanceOrder(client, { ...h.orders, store }, id, 'SHIPPED'))
  assert.deepEqual(await ship, { outcome: 'busy' })
  Object.assign(h.orders.store, { execute: conflict })
  await h.cancel(other)
  await h.reply('REFUND', other, 'REFUNDED')
  await assert.rejects(h.reply('RELEASE', other, 'RELEASED'), /cannot be cancelled/)
  assert.deepEqual([await h.status(other), (await h.saga(other)).status], ['PENDING', 'compensating'])
})

test('trap 11, a new version of the saga while orders are under way: they end by the old one, new orders by the new', async (t) => {
  const h = await ordersByHand(t)
  const old = await reserved(h)
  const { sell, buy } = h.orders
  // The new version has one more step, before all others.
  const steps = { check: { local: async () => {} }, ...sell.steps }
  const next = defineSaga({ ...sell, version: 2, steps }) as typeof sell
  const newOnly = h.startSagas([next, buy])
  const reply = await h.answer('CHARGE', old, 'CHARGED')
  // A process that does not have the old version leaves it to one that has.
  await inTransaction(h.pool, (client) => newOnly.take(client, [reply]))
  assert.equal(await h.status(old), 'PENDING')
  const both = h.startSagas([sell, next, buy])
  both.start()
  await eventually(async () => (await h.status(old)) === 'CONFIRMED')
  assert.equal((await h.saga(old)).version, 1)
  await inTransaction(h.pool, async (client) =>
    both.take(client, [await h.answer('COMMIT', old, 'COMMITTED')]),
  )
  assert.equal((await h.saga(old)).status, 'completed')
  const place = { ...h.orders, sell: next }
  const young = await inTransaction(h.pool, (client) => placeOrder(client, place, someOrder))
  const { version, step } = await h.saga(young.id)
  assert.deepEqual([version, step], [2, 'reserve'])
  assert.deepEqual(await h.brokenLaws(), [])
})

test('trap 15, rebuilt while orders come in: the read models are as they were', async (t) => {
  const h = await ordersByHand(t)
  for (let n = 0; n < 20; n++) await (n % 2 ? confirmed(h) : reserved(h))
  const rows = async () => (await h.pool.query('select * from orders order by id')).rows
  const placing = Promise.all(Array.from({ length: 20 }, () => confirmed(h)))
  for (const projection of projections) {
    const { outcome } = await rebuildProjection({ pool: h.pool, projection, logger: silent })
    assert.equal(outcome, 'switched')
  }
  await placing
  const live = await rows()
  assert.equal(live.length, 40)
  const [orders] = projections
  assert.ok(orders)
  await rebuildProjection({ pool: h.pool, projection: orders, logger: silent })
  assert.deepEqual(await rows(), live)
  assert.deepEqual(await h.brokenLaws(), [])
})

test('an order is placed whole or not at all, wherever the process dies', async (t) => {
  const h = await ordersByHand(t)
  let placed = 0
  for (let statements = 0; placed === 0; statements++) {
    const client = await h.pool.connect()
    await client.query('begin')
    let left = statements
    const query = (...args: Parameters<typeof client.query>) => {
      if (left-- <= 0) throw new Error('the process was killed')
      return client.query(...args)
    }
    const dying = new Proxy(client, {
      get: (target, name) => (name === 'query' ? query : Reflect.get(target, name)),
    })
    placed = await placeOrder(dying, h.orders, someOrder).then(
      () => 1,
      () => 0,
    )
    await client.query(placed ? 'commit' : 'rollback')
    client.release()
    const counts = await h.pool.query(`select (select count(*) from orders)::int as orders,
      (select count(*) from outbox.event)::int as events, (select count(*) from saga.instance)::int as sagas,
      (select count(*) from event_store.event)::int as stored`)
    const whole = { orders: 1, events: 3, sagas: 1, stored: 1 }
    assert.deepEqual(counts.rows[0], placed ? whole : { orders: 0, events: 0, sagas: 0, stored: 0 })
    assert.ok(statements < 50)
  }
})

test('an order whose saga was dropped with those of its month goes on, and cannot be cancelled', async (t) => {
  const h = await ordersByHand(t)
  const id = await confirmed(h)
  await h.reply('COMMIT', id, 'COMMITTED')
  await h.pool.query('delete from saga.instance')
  assert.deepEqual(await h.cancel(id), { outcome: 'forgotten' })
  assert.deepEqual(await h.advance(id, 'SHIPPED'), { outcome: 'done' })
  assert.deepEqual(await h.advance(id, 'DELIVERED'), { outcome: 'done' })
  assert.deepEqual(await h.cancel(id), { outcome: 'refused', status: 'DELIVERED' })
})

test('a transaction of replies records by one call, however many they are, so that two of them lock in one order', async (t) => {
  const h = await ordersByHand(t)
  const mostKeys = 32 // with more, whole buckets are locked, and a second call could meet another transaction in between
  const batch = await Promise.all(Array.from({ length: mostKeys + 8 }, () => reserved(h)))
  const callsFor = (replies: readonly ReplyEvent[]) =>
    inTransaction(h.pool, async (client) => {
      let calls = 0
      const query: Queryable['query'] = (text, values) => {
        if (text.includes('outbox.enqueue')) calls += 1
        return client.query(text, values)
      }
      await h.sagas.take({ query }, replies)
      const sql = `select count(*)::int as buckets from pg_locks
        where locktype = 'advisory' and mode = 'ExclusiveLock' and classid = 1919247990 and pid = pg_backend_pid()`
      const { rows } = await client.query<{ buckets: number }>(sql)
      return { calls, locksBuckets: (rows[0]?.buckets ?? 0) > 0 }
    })
  for (const [command, type] of [
    ['CHARGE', 'CHARGED'],
    ['COMMIT', 'COMMITTED'],
    ['REFUND', 'REFUNDED'],
    ['RELEASE', 'RELEASED'],
  ] as const) {
    if (command === 'REFUND') for (const id of batch) await h.cancel(id)
    const replies = await Promise.all(batch.map((id) => h.answer(command, id, type)))
    assert.deepEqual(await callsFor(replies), { calls: 1, locksBuckets: true }, type)
  }
  assert.equal(await h.status(String(batch[0])), 'CANCELLED')
})

test('the check finds what breaks each law', async (t) => {
  const h = await ordersByHand(t)
  const [pending, id] = [await h.place(), await confirmed(h)]
  assert.deepEqual(await h.brokenLaws(), [])
  const [deadline, place, recorded, model] = orderLaws.map(({ name }) => name)
  const drop = `with dropped as (delete from outbox.event where key = '${id}')
    update orders set created_at = created_at - interval '40 days' where id = '${id}'`
  for (const [harm, laws] of [
    ['delete from saga.timer', [deadline]],
    [`update saga.instance set status = 'compensated' where key = '${pending}'`, [deadline, place]],
    [`update orders set status = 'CANCELLED' where id = '${id}'`, [place]],
    [`delete from saga.instance where key = '${id}'`, [place]],
    [
      `update saga.instance set status = 'completed', ended_at = now() where key = '${pending}'`,
      [deadline, place],
    ],
    [`delete from outbox.event where key = '${id}' and type = 'ORDER_CONFIRMED'`, [recorded]],
    [`delete from outbox.event where key = '${id}'`, [recorded]],
    [
      `insert into outbox.event (shard, event_id, topic, key, type, payload)
      select shard, gen_random_uuid(), topic, key, type, payload from outbox.event where type = 'ORDER_CONFIRMED'`,
      [recorded],
    ],
    [drop, []],
    [`update orders set version = 1 where id = '${id}'`, [recorded, model]],
    [`delete from orders where id = '${id}'`, [model]],
  ] as const)
    assert.deepEqual(await lawsBrokenBy(h.pool, harm), laws, harm)
})

async function lawsBrokenBy(pool: pg.Pool, harm: string): Promise<string[]> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(harm)
    return (await checkLaws(orderLaws, { orders: client })).map(({ law }) => law)
  } finally {
    await client.query('rollback')
    client.release()
  }
}
