import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TripWorld } from './tripWorldHarness.ts'

const happenings = fc.array(fc.tuple(fc.nat(11), fc.nat(20), fc.boolean()), { maxLength: 80, size: 'max' })

test('whatever the order of replies, time-outs and cancellations: it ends, and what was booked is kept or cancelled, once', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(happenings, fc.boolean(), (list, wantsCar) => {
      const trip = new TripWorld(wantsCar)
      for (const happening of list) trip.happen(...happening)
      trip.quiet()
      const { status } = trip.state
      for (const end of trip.ends) seen.add(end)
      assert.ok(status === 'completed' || status === 'compensated', status)
      for (const step of ['flight', 'hotel']) {
        const { state, booked, cancelled } = trip.participant(step)
        assert.ok(booked <= 1 && cancelled <= booked)
        if (status === 'completed') assert.equal(state, 'booked', step)
        else assert.equal(booked, cancelled, step)
      }
      assert.equal(trip.ends.at(-1), status)
      for (const end of ['completed', 'compensated'])
        assert.ok(trip.ends.filter((each) => each === end).length <= 1, end)
    }),
    { numRuns: 3_000 },
  )
  assert.deepEqual([...seen].sort(), ['cancelRefused', 'compensated', 'completed'])
})

test('trap 3 at random: late and repeated replies, and a time-out, keep no trip from its end', () => {
  const delivery = fc.tuple(fc.nat(7), fc.nat(20), fc.constant(false))
  const deliveries = fc.array(delivery, { maxLength: 20, size: 'max' })
  fc.assert(
    fc.property(deliveries, deliveries, fc.boolean(), (before, after, wantsCar) => {
      const trip = new TripWorld(wantsCar)
      for (const happening of before) trip.happen(...happening)
      trip.happen(8, 0, false)
      for (const happening of after) trip.happen(...happening)
      trip.quiet()
      assert.equal(trip.state.status, 'completed')
    }),
    { numRuns: 1_000 },
  )
})
