import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { v7 as uuidv7 } from 'uuid'
import { handleReplies } from './handleReplies.ts'
import { createRegistry } from './registry.ts'
import { lawless, sagaHarness } from './sagaHarness.ts'
import { store } from './sql/storeSagas.ts'
import { startSaga } from './startSaga.ts'
import { inTransaction } from './transaction.ts'
import { tripSaga } from './tripHarness.ts'

test('a trip goes its way: state, commands, timer and history in the transactions of its replies', async (t) => {
  const h = await sagaHarness(t)
  const { id } = await h.start({ traveller: 'ada' }, 'trip-1')
  const [timer] = await h.rows<{ step: string; seconds: number }>(
    'select step, extract(epoch from due_at - clock_timestamp())::float8 as seconds from saga.timer',
  )
  assert.equal(timer?.step, 'flight')
  assert.ok(timer.seconds > 0 && timer.seconds <= 60)
  await h.reply(id, 'flight', 'FLIGHT_BOOKED')
  await h.reply(id, 'hotel', 'HOTEL_BOOKED')
  assert.deepEqual(await h.sent(), ['BOOK_FLIGHT 1', 'BOOK_HOTEL 1', 'SEND_MAIL 1'])
  assert.deepEqual(await h.log(), ['confirmed', 'completed'])
  assert.deepEqual(await h.rows('select from saga.timer'), [])
  assert.deepEqual(await h.rows('select distinct key from outbox.event'), [{ key: 'trip-1' }])
  const history = await h.rows<{ kind: string; step: string | null }>(
    'select kind, step from saga.history order by id',
  )
  assert.deepEqual(
    history.map(({ kind, step }) => (step === null ? kind : `${kind} ${step}`)),
    'started,sent flight,done flight,sent hotel,done hotel,done confirm,skipped car,sent mail,completed'.split(
      ',',
    ),
  )
  const [row] = await h.rows('select status, version, key, ended_at is not null as ended from saga.instance')
  assert.deepEqual(row, { status: 'completed', version: 1, key: 'trip-1', ended: true })
})

test('a start that is rolled back leaves nothing, no command either', async (t) => {
  const h = await sagaHarness(t)
  await assert.rejects(
    inTransaction(h.pool, async (tx) => {
      await startSaga(tx, tripSaga, { traveller: 'ada' })
      throw new Error('the order is invalid')
    }),
    /the order is invalid/,
  )
  for (const table of ['saga.instance', 'saga.timer', 'saga.history', 'saga.tally_change', 'outbox.event'])
    assert.deepEqual(await h.rows(`select from ${table}`), [], table)
})

test('trap 4, message for a saga not there yet or already ended: kept with its treatment, once', async (t) => {
  const h = await sagaHarness(t)
  const nobody = randomUUID()
  const event = (id: string) => ({
    id: randomUUID(),
    type: 'FLIGHT_BOOKED',
    data: { saga_id: id, step: 'flight', attempt: 1, booking: 'b' },
  })
  const take = (id: string) =>
    inTransaction(h.pool, (tx) => handleReplies(tx, createRegistry([tripSaga]), [event(id), event(id)]))
  await take(nobody)
  const { id } = await h.start()
  await h.reply(id, 'flight', 'FLIGHT_FULL')
  assert.equal((await h.state(id)).status, 'compensated')
  await take(id)
  await take(id)
  assert.deepEqual(await h.sent(), ['BOOK_FLIGHT 1', 'CANCEL_FLIGHT 2'], 'undone once')
  const kept = 'select saga_id::text as id, treatment from saga.late_reply order by late_reply.id'
  assert.deepEqual(await h.rows(kept), [
    { id: nobody, treatment: 'unknownSaga' },
    { id, treatment: 'compensated' },
  ])
  await h.reply(id, 'flight', 'FLIGHT_CANCELLED')
  await take(id)
  assert.equal((await h.sent()).length, 2)
  assert.deepEqual(await h.log(), ['compensated FLIGHT_FULL'])
  assert.deepEqual(await h.rows(lawless), [])
})

test('a reply that does not say whose it is is rejected', async (t) => {
  const h = await sagaHarness(t)
  const registry = createRegistry([tripSaga])
  const good = { saga_id: randomUUID(), step: 'flight', attempt: 1 }
  for (const data of [
    null,
    'text',
    {},
    { ...good, saga_id: 'x' },
    { ...good, attempt: 1.5 },
    { ...good, attempt: 2 ** 40 },
    { ...good, step: 'a\0b' },
  ])
    await assert.rejects(
      handleReplies(h.pool, registry, [{ id: randomUUID(), type: 'FLIGHT_BOOKED', data }]),
      {
        code: 'rejected',
        message: /Echo saga_id, step and attempt/,
      },
    )
})

test('trap 5, lost update: two replies at once from two consumers, and one that has not locked the saga', async (t) => {
  const h = await sagaHarness(t)
  const { id } = await h.start()
  const before = await h.saga(id)
  await Promise.all([
    h.reply(id, 'flight', 'FLIGHT_BOOKED', 1),
    h.reply(id, 'flight', 'FLIGHT_BOOKED', 1),
    h.reply(id, 'flight', 'FLIGHT_FULL', 1),
  ])
  const sent = await h.sent()
  assert.equal(
    sent.filter((command) => command === 'BOOK_HOTEL 1').length +
      sent.filter((c) => c === 'CANCEL_FLIGHT 2').length,
    1,
  )
  await assert.rejects(store(h.pool, [{ ...before, timer: 'keep', history: [], tallied: [] }]), {
    code: 'changedMeanwhile',
  })
})

test('batches with the same sagas in opposite order do not deadlock, and each reply moves its saga once', async (t) => {
  const h = await sagaHarness(t)
  const { take } = h.sagas()
  const trips = []
  for (let n = 0; n < 30; n++) trips.push(await h.start())
  const replies = trips.map(({ id }) => {
    const data = { saga_id: id, step: 'flight', attempt: 1, booking: 'b' }
    return { id: randomUUID(), type: 'FLIGHT_BOOKED', data }
  })
  const batches = [replies, replies.toReversed(), replies.slice(10), replies.slice(0, 20).toReversed()]
  await Promise.all(batches.map((batch) => inTransaction(h.pool, (tx) => take(tx, batch))))
  const sent = await h.sent()
  assert.equal(sent.filter((command) => command === 'BOOK_HOTEL 1').length, trips.length)
})

test('trap 9, user cancels while in flight: at each point there is one end, and nothing stays booked', async (t) => {
  const h = await sagaHarness(t)
  const path = [
    ['flight', 'FLIGHT_BOOKED'],
    ['hotel', 'HOTEL_BOOKED'],
    ['car', 'CAR_RENTED'],
  ] as const
  for (let point = 0; point <= path.length; point++) {
    const { id } = await h.start({ traveller: 'ada', wantsCar: true })
    for (const [step, type] of path.slice(0, point)) await h.reply(id, step, type)
    const { result } = await h.cancel(id)
    assert.equal(result, point === 2 ? 'deferred' : 'accepted')
    assert.equal((await h.cancel(id)).result, result, 'asked twice')
    if (point === 2) await h.reply(id, 'car', 'CAR_RENTED')
    if (point > 0) await h.reply(id, 'hotel', 'HOTEL_CANCELLED')
    await h.reply(id, 'flight', 'FLIGHT_CANCELLED')
    const { status, reason } = await h.state(id)
    assert.deepEqual([status, reason], ['compensated', { code: 'CUSTOMER_REQUEST' }], `point ${point}`)
    assert.equal((await h.cancel(id)).result, 'done')
  }
  assert.deepEqual(await h.rows(lawless), [])
  await assert.rejects(h.cancel(randomUUID()), { code: 'unknownSaga' })
})

test('what is no JSON is refused as it is, and nothing is written', async (t) => {
  const h = await sagaHarness(t)
  for (const traveller of ['a\0b', '\ud800'])
    await assert.rejects(h.start({ traveller }), { code: 'unstorable' })
  await assert.rejects(h.start({ traveller: 'ada' }, 'a\0b'), { code: 'invalidInput' })
  await assert.rejects(h.start({ traveller: 'ada' }, ''), { code: 'invalidInput' })
  await assert.rejects(startSaga(h.pool, tripSaga, { traveller: 'ada' }), { message: /not a pool/ })
  assert.deepEqual(await h.rows('select from outbox.event'), [])
  const { id } = await h.start({ traveller: 'back\\u0000slash' })
  assert.deepEqual((await h.state(id)).data, { traveller: 'back\\u0000slash' })
})

test('a saga has the id that it is given, which must be of version 7: its partition is told by that', async (t) => {
  const h = await sagaHarness(t)
  const start = (id: string) =>
    inTransaction(h.pool, (tx) => startSaga(tx, tripSaga, { traveller: 'ada' }, { id }))
  const id = uuidv7()
  assert.equal((await start(id)).id, id)
  assert.equal((await h.state(id)).status, 'running')
  for (const wrong of [randomUUID(), 'none'])
    await assert.rejects(start(wrong), { code: 'invalidInput', message: /version 7/ })
  await assert.rejects(start(id), { code: '23505' })
})

test('replies of more sagas than an outbox locks by their keys are taken beside each other and beside new sagas', async (t) => {
  const h = await sagaHarness(t)
  const registry = createRegistry([tripSaga])
  const startMany = (count: number) => Promise.all(Array.from({ length: count }, () => h.start()))
  const halves = await Promise.all([startMany(50), startMany(50)])
  const take = (sagas: readonly { readonly id: string }[]) => {
    const replies = sagas.map(({ id }) => {
      const data = { saga_id: id, step: 'flight', attempt: 1, booking: 'b1' }
      return { id: randomUUID(), type: 'FLIGHT_BOOKED', data }
    })
    return inTransaction(h.pool, (tx) => handleReplies(tx, registry, replies))
  }
  await Promise.all([...halves.map(take), startMany(50)])
  const sent = Object.groupBy(await h.sent(), (type) => type)
  assert.deepEqual([sent['BOOK_FLIGHT 1']?.length, sent['BOOK_HOTEL 1']?.length], [150, 100])
})
