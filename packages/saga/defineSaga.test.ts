import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newSaga } from './decide/decide.ts'
import { defineSaga } from './defineSaga.ts'
import type { SagaSpec } from './definition.ts'
import { keep } from './onReply.ts'
import { createRegistry, upgrade } from './registry.ts'
import { type Trip, type TripInput, tripSaga, tripSpec } from './tripHarness.ts'

type Spec = SagaSpec<TripInput, Trip>
const { steps } = tripSpec

test('definitions that cannot work are refused, with all that is wrong at once', () => {
  const wrong: [Partial<Spec>, RegExp][] = [
    [{ name: 'a trip', version: 0 }, /"a trip" is no name.*its version/],
    [{ steps: {} }, /it has no steps/],
    [{ steps: { ...steps, 'to/car': steps.car } }, /"to\/car" is no name/],
    [{ steps: { ...steps, last: { pivot: true, local: async () => {} } } }, /the pivots confirm, last/],
    [{ steps: { flight: steps.flight } }, /afterwards means behind the pivot/],
    [{ steps: { ...steps, car: { ...steps.car, attempts: 3 } } }, /step car is behind the pivot.*forever/],
    [
      { steps: { ...steps, car: { ...steps.car, failed: { NO_CAR: () => ({ code: 'NO_CAR' }) } } } },
      /step car is behind the pivot and must not fail/,
    ],
    [{ steps: { ...steps, car: { ...steps.car, done: {} } } }, /knows no reply that says it is done/],
    [{ steps: { ...steps, flight: { ...steps.flight, attempts: 0 } } }, /needs attempts from 1/],
    [{ steps: { ...steps, flight: { ...steps.flight, timeoutMs: Number.NaN } } }, /needs a timeoutMs/],
    [{ steps: { ...steps, flight: { ...steps.flight, busy: ['FLIGHT_FULL'] } } }, /FLIGHT_FULL twice/],
    [
      { steps: { ...steps, flight: { ...steps.flight, done: { FLIGHT_CANCELLED: keep } } } },
      /FLIGHT_CANCELLED for done and for undone/,
    ],
    [
      {
        steps: {
          ...steps,
          flight: { ...steps.flight, compensation: { ...steps.flight.compensation, refused: {} } },
        },
      },
      /step flight has a compensation that says what happens when it is refused, and knows no such reply/,
    ],
    [{ upgrade: { data: (old: Trip) => old } }, /version 1 has none before it/],
    [{ version: 2, upgrade: { data: keep, steps: { train: 'rail' } } }, /renames a step to rail/],
  ]
  for (const [change, message] of wrong)
    assert.throws(() => defineSaga({ ...(tripSpec as Spec), ...change }), {
      code: 'invalidDefinition',
      message,
    })
  assert.throws(() => createRegistry([tripSaga, tripSaga]), /two definitions of saga trip version 1/)
})

test('definitions whose types are wrong do not compile', () => {
  const start = (input: TripInput): Trip => input
  const flight = { ...steps.flight }
  const { compensation: _, ...noWayBack } = flight
  const define = (_spec: Spec) => {}
  // @ts-expect-error what is undone late has a compensation
  define({ name: 'x', version: 1, start, steps: { flight: noWayBack } })
  // @ts-expect-error a step with a compensation says what becomes of late replies
  define({ name: 'x', version: 1, start, steps: { flight: { ...flight, late: undefined } } })
  // @ts-expect-error a request has a time-out
  define({ name: 'x', version: 1, start, steps: { flight: { ...flight, timeoutMs: undefined } } })
  // @ts-expect-error a step either asks somebody or does it here
  define({ name: 'x', version: 1, start, steps: { flight: { ...flight, local: async () => {} } } })
  // @ts-expect-error data keep their type
  define({ name: 'x', version: 1, start, steps: { flight: { ...flight, done: { FLIGHT_BOOKED: () => 1 } } } })
})

test('an upgrade renames steps, and is refused where it would forget one', () => {
  const { flight, ...others } = steps
  const next = defineSaga<TripInput, Trip>({
    ...tripSpec,
    version: 2,
    steps: { plane: flight, ...others },
    upgrade: { data: (old: Trip) => ({ ...old, hotel: 'new' }), steps: { flight: 'plane' } },
  })
  const old = {
    ...newSaga(tripSaga, '0190b000-0000-7000-8000-000000000001', 'k'),
    data: { traveller: 'ada' },
    steps: { flight: { status: 'outstanding', attempts: 1 } },
    outstanding: { step: 'flight', attempt: 1, undo: false, tries: 1, answered: false },
  } as const
  const { state } = upgrade(next, old)
  assert.deepEqual(
    [state.version, state.outstanding?.step, Object.keys(state.steps)],
    [2, 'plane', ['plane']],
  )
  assert.deepEqual(state.data, { traveller: 'ada', hotel: 'new' })
  const forgetful = defineSaga<TripInput, Trip>({
    ...tripSpec,
    version: 2,
    steps: others,
    upgrade: { data: keep },
  })
  assert.throws(() => upgrade(forgetful, old), { code: 'notUpgradable', message: /flight/ })
  const registry = createRegistry([next])
  assert.deepEqual([registry.find('trip', 1)?.version, registry.find('trip', 3)], [2, undefined])
  assert.equal(createRegistry([next, tripSaga]).find('trip', 1)?.version, 1, 'a saga keeps its version')
})
