import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { defineSaga } from './defineSaga.ts'
import { sagaHarness } from './sagaHarness.ts'
import { startSaga } from './startSaga.ts'
import { inTransaction } from './transaction.ts'
import { type Trip, type TripInput, tripSpec } from './tripHarness.ts'

test('metrics tell what started, ended and was late, what is under way by step, and what is stuck', async (t) => {
  const h = await sagaHarness(t)
  const registry = new Registry()
  const sagas = h.sagas({ registry })
  const value = async (name: string, labels: Record<string, string | number> = { saga: 'trip' }) => {
    const metric = (await registry.getMetricsAsJSON()).find((each) => each.name === `relevo_saga_${name}`)
    const found = metric?.values.find(({ labels: has }) =>
      Object.entries(labels).every(([label, wanted]) => (has as Record<string, unknown>)[label] === wanted),
    )
    return found?.value
  }
  const ended = await h.start()
  await h.reply(ended.id, 'flight', 'FLIGHT_FULL')
  await h.reply(ended.id, 'flight', 'FLIGHT_FULL')
  const stuck = await h.start()
  await h.reply(stuck.id, 'flight', 'FLIGHT_BOOKED')
  await h.cancel(stuck.id)
  for (let tries = 0; tries < 5; tries++) await h.timeOut(stuck.id)
  await h.start()
  await assert.rejects(
    inTransaction(h.pool, async (tx) => {
      await startSaga(tx, defineSaga<TripInput, Trip>(tripSpec), { traveller: 'rolled back' })
      throw new Error('rolled back')
    }),
  )
  const newer = defineSaga<TripInput, Trip>({ ...tripSpec, version: 7 })
  await inTransaction(h.pool, (tx) => startSaga(tx, newer, { traveller: 'ada' }))

  for (let reading = 0; reading < 2; reading++) {
    await sagas.measure()
    assert.equal(await value('started_sagas_total'), 4)
    assert.equal(await value('ended_sagas_total', { saga: 'trip', outcome: 'compensated' }), 1)
    assert.equal(await value('late_replies_total', { saga: 'trip', treatment: 'ignored' }), 1)
    assert.equal(await value('active_sagas', { saga: 'trip', step: 'flight', version: 1 }), 1)
    assert.equal(await value('active_sagas', { saga: 'trip', step: 'hotel', version: 1 }), 1)
    assert.equal(await value('unsupported_sagas', { saga: 'trip', version: 7 }), 1)
    assert.equal(await value('stuck_sagas'), 1)
    assert.ok(Number(await value('oldest_age_seconds')) > 0)
    assert.equal(await value('timer_delay_seconds'), 0)
  }
  // Two processes on one registry, and two on one database, report the same.
  const other = h.sagas({ registry })
  await Promise.all([other.measure(), sagas.measure()])
  assert.equal(await value('started_sagas_total'), 4)
})
