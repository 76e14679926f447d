import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { defineSaga } from './defineSaga.ts'
import { createRegistry } from './registry.ts'
import { createRepeatBudget } from './repeatBudget.ts'
import { lawless, sagaHarness } from './sagaHarness.ts'
import { startSaga } from './startSaga.ts'
import { inTransaction } from './transaction.ts'
import { type Trip, type TripInput, tripSaga, tripSpec } from './tripHarness.ts'

test('a step that nobody answers is tried again, and undone after its last attempt', async (t) => {
  const h = await sagaHarness(t)
  const { id } = await h.start()
  assert.equal(await h.fire(), 0, 'not due yet')
  for (let tries = 0; tries < 3; tries++) assert.equal(await h.timeOut(id), 1)
  assert.deepEqual(await h.sent(), ['BOOK_FLIGHT 1', 'BOOK_FLIGHT 2', 'BOOK_FLIGHT 3', 'CANCEL_FLIGHT 4'])
  assert.deepEqual((await h.state(id)).reason, { code: 'TIMEOUT', detail: { step: 'flight' } })
  await h.reply(id, 'flight', 'FLIGHT_CANCELLED')
  assert.deepEqual(await h.log(), ['compensated TIMEOUT'])
  assert.deepEqual(await h.rows(lawless), [])
})

test('a timer and the reply at the same time: one of them wins, by the saga lock', async (t) => {
  const h = await sagaHarness(t)
  const { id } = await h.start()
  await h.pool.query("update saga.timer set due_at = clock_timestamp() - interval '1 s'")
  // The reply holds the saga: its timer is passed over, and has moved afterwards.
  await inTransaction(h.pool, async (tx) => {
    await tx.query('select from saga.instance where id = $1 for update', [id])
    assert.equal(await h.fire(), 0)
  })
  for (let round = 0; round < 20; round++) {
    const trip = await h.start()
    await h.pool.query(
      "update saga.timer set due_at = clock_timestamp() - interval '1 s' where saga_id = $1",
      [trip.id],
    )
    await Promise.all([h.reply(trip.id, 'flight', 'FLIGHT_BOOKED', 1), h.fire(), h.fire()])
    const sent = (await h.commands()).filter(({ payload }) => payload.saga_id === trip.id)
    const types = sent.map(({ type, payload }) => `${type} ${payload.attempt}`)
    assert.ok(
      ['BOOK_FLIGHT 1,BOOK_HOTEL 1', 'BOOK_FLIGHT 1,BOOK_FLIGHT 2'].includes(types.join()),
      types.join(),
    )
  }
  assert.deepEqual(await h.rows(lawless), [])
})

test('trap 10, two timer pollers and clock skew: each timer fires once, by the clock of the database', async (t) => {
  const h = await sagaHarness(t)
  const trips = await Promise.all(Array.from({ length: 60 }, () => h.start()))
  await h.pool.query("update saga.timer set due_at = clock_timestamp() - interval '1 s'")
  const real = Date.now
  t.after(() => {
    Date.now = real
  })
  Date.now = () => real() - 300_000 // five minutes behind, which nobody here may care about
  const replicas = [h.sagas({ batchSize: 7 }), h.sagas({ batchSize: 7 })]
  for (const replica of replicas) replica.start()
  await eventually(
    async () => (await h.rows('select from saga.timer where attempt = 2')).length === trips.length,
  )
  await Promise.all(replicas.map((replica) => replica.stop()))
  const sent = await h.sent()
  assert.equal(sent.length, 120)
  assert.equal(sent.filter((command) => command === 'BOOK_FLIGHT 2').length, 60)
})

test('a participant that is away gets few repeats, however many trips wait for it, and every trip ends when it is back', async (t) => {
  const h = await sagaHarness(t)
  const trips = await Promise.all(Array.from({ length: 150 }, () => h.start()))
  const budget = createRepeatBudget(() => 0)
  for (let round = 0; round < 6; round++) {
    await h.pool.query("update saga.timer set due_at = clock_timestamp() - interval '1 s'")
    while ((await h.fire({ budget })) > 0);
  }
  const sent = await h.commands()
  const count = (type: string) => sent.filter((command) => command.type === type).length
  assert.ok(sent.length - 2 * trips.length <= 100, `${sent.length} commands for ${trips.length} trips`)
  assert.ok(count('BOOK_FLIGHT') > trips.length, 'some are repeated')
  assert.ok(count('CANCEL_FLIGHT') >= trips.length)
  // It takes what waits for it, in its order, and answers each.
  for (const { type, payload } of sent) {
    const { saga_id, step, attempt } = payload
    await h.reply(saga_id, step, type === 'BOOK_FLIGHT' ? 'FLIGHT_BOOKED' : 'FLIGHT_CANCELLED', attempt)
  }
  assert.deepEqual(await h.rows('select from saga.timer'), [])
  assert.deepEqual(await h.rows(lawless), [])
  const ends = await h.log()
  assert.deepEqual([ends.length, new Set(ends)], [trips.length, new Set(['compensated TIMEOUT'])])
})

test('repeats are paid for by replies and by time, and none are saved beyond a bound', () => {
  let now = 0
  const budget = createRepeatBudget(() => now)
  const spendAll = (): number => {
    let spent = 0
    while (budget.spend()) spent += 1
    return spent
  }
  assert.equal(spendAll(), 100)
  budget.earn(40)
  assert.equal(spendAll(), 4)
  now += 1_000
  assert.equal(spendAll(), 10)
  now += 3_600_000
  budget.earn(1_000_000)
  assert.equal(spendAll(), 100)
})

test('timers survive a restart, and one that is near is waited for by itself', async (t) => {
  const quick = defineSaga<TripInput, Trip>({
    ...tripSpec,
    steps: { ...tripSpec.steps, flight: { ...tripSpec.steps.flight, timeoutMs: 30, factor: 1 } },
  })
  const h = await sagaHarness(t, [quick])
  const first = h.sagas()
  first.start()
  await first.stop()
  const { id } = await h.start()
  const second = h.sagas()
  second.start()
  await eventually(async () => (await h.state(id)).status === 'compensating')
  assert.deepEqual((await h.sent()).at(-1), 'CANCEL_FLIGHT 4')
})

test('a clock that jumps ahead costs each saga one attempt, and none its last word', async (t) => {
  const h = await sagaHarness(t)
  const { id } = await h.start()
  // As if the clock had jumped an hour: what was set before is due, what is set from now on is not.
  await h.pool.query("update saga.timer set due_at = due_at - interval '1 hour'")
  assert.equal(await h.fire(), 1)
  assert.equal(await h.fire(), 0)
  await h.reply(id, 'flight', 'FLIGHT_BOOKED', 1)
  await h.reply(id, 'flight', 'FLIGHT_BOOKED', 2)
  assert.deepEqual(await h.sent(), ['BOOK_FLIGHT 1', 'BOOK_FLIGHT 2', 'BOOK_HOTEL 1'])
})

test('a saga whose definition throws is put off with its error and holds up no other', async (t) => {
  let isBroken = true
  const { hotel } = tripSpec.steps
  const broken = defineSaga<TripInput, Trip>({
    ...tripSpec,
    steps: {
      ...tripSpec.steps,
      flight: {
        ...tripSpec.steps.flight,
        command: (data, saga) => {
          if (isBroken && saga.key === 'broken') throw new Error('no such airport')
          return tripSpec.steps.flight.command(data)
        },
      },
      hotel,
    },
  })
  const h = await sagaHarness(t, [broken])
  isBroken = false
  const bad = await h.start({ traveller: 'ada' }, 'broken')
  const good = await h.start()
  isBroken = true
  const again = async () => {
    await h.pool.query("update saga.timer set due_at = clock_timestamp() - interval '1 s'")
    await h.fire()
  }
  for (let round = 0; round < 5; round++) await again()
  assert.equal(h.failures.length, 5)
  assert.notEqual((await h.state(good.id)).steps.flight?.attempts, 1)
  const timer =
    'select error, failures, stuck_since is not null as stuck, due_at > clock_timestamp() as later from saga.timer where saga_id = $1'
  assert.deepEqual(await h.rows(timer, [bad.id]), [
    { error: 'Error: no such airport', failures: 5, stuck: true, later: true },
  ])
  isBroken = false
  // It waits no longer than it was put off for, although the clock of Postgres is set back by an hour.
  await h.pool.query("update saga.timer set due_at = due_at + interval '1 hour' where saga_id = $1", [bad.id])
  await h.fire()
  assert.equal((await h.state(bad.id)).steps.flight?.attempts, 2)
  const [healed] = await h.rows<{ error: null; stuck: boolean }>(timer, [bad.id])
  assert.deepEqual([healed?.error, healed?.stuck], [null, false])
})

test('trap 11, a new version with sagas under way: who lacks it leaves them alone, who has it goes on', async (t) => {
  const { flight, ...others } = tripSpec.steps
  const second = defineSaga<TripInput, Trip>({ ...tripSpec, version: 2, steps: { plane: flight, ...others } })
  const h = await sagaHarness(t, [tripSaga])
  const next = await inTransaction(h.pool, async (tx) => {
    return startSaga(tx, second, { traveller: 'bob' })
  })
  const old = await h.start()
  // The process with the old version alone: its own go on, the new one's reply is parked and its timer waits.
  await h.reply(next.id, 'plane', 'FLIGHT_BOOKED')
  await h.pool.query("update saga.timer set due_at = clock_timestamp() - interval '1 s'")
  assert.equal(await h.fire(), 1)
  assert.equal(await h.carryOut(), 0)
  assert.equal((await h.state(old.id)).steps.flight?.attempts, 2)
  assert.equal((await h.state(next.id)).steps.plane?.status, 'outstanding')
  // The one with both.
  const registry = createRegistry([tripSaga, second])
  assert.equal(await h.carryOut({ registry }), 1)
  assert.equal((await h.state(next.id)).outstanding?.step, 'hotel')
  assert.equal((await h.state(old.id)).version, 1, 'a saga keeps its version')
  assert.deepEqual(await h.rows('select from saga.parked'), [])
})

test('an upgrade takes over the sagas of the version before', async (t) => {
  const { flight, ...others } = tripSpec.steps
  const second = defineSaga<TripInput, Trip>({
    ...tripSpec,
    version: 2,
    steps: { plane: flight, ...others },
    upgrade: {
      data: (old: Trip) => ({ ...old, traveller: `${old.traveller}!` }),
      steps: { flight: 'plane' },
    },
  })
  const h = await sagaHarness(t)
  const { id } = await h.start()
  assert.equal(await h.timeOut(id, { registry: createRegistry([second]) }), 1)
  const { version, outstanding, data } = await h.state(id)
  assert.deepEqual([version, outstanding?.step, data], [2, 'plane', { traveller: 'ada!' }])
  assert.deepEqual(await h.rows("select detail from saga.history where kind = 'upgraded'"), [
    { detail: { from: 1, to: 2 } },
  ])
})
