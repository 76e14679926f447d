import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineSaga } from '../defineSaga.ts'
import { upgrade } from '../registry.ts'
import type { SagaEvent, SagaState } from '../state.ts'
import { type Trip, type TripInput, tripSaga, tripSpec } from '../tripHarness.ts'
import { decide, decideLocal, newSaga } from './decide.ts'
import type { Decision } from './decision.ts'

const id = '0190b000-0000-7000-8000-000000000001'

/** A saga that goes through events without a database; local steps succeed. */
function play(definition = tripSaga, input: TripInput = { traveller: 'ada' }) {
  let state = newSaga(definition, id, 'trip-1')
  const sent: string[] = []
  const hooks: string[] = []
  let last: Decision | undefined
  function take(decision: Decision): Decision {
    state = decision.state
    sent.push(...decision.commands.map(({ type, payload }) => `${type} ${payload.attempt}`))
    last = decision
    for (const effect of decision.effects) {
      if (effect.kind === 'hook') hooks.push(effect.hook)
      else return take(decideLocal(definition, state, effect, undefined))
    }
    return decision
  }
  const on = (event: SagaEvent) => take(decide(definition, state, event))
  on({ kind: 'started', input })
  return {
    on,
    sent,
    hooks,
    state: () => state as SagaState<Trip>,
    last: () => last as Decision,
    reply: (step: string, type: string, attempt = state.steps[step]?.attempts ?? 1) =>
      on({ kind: 'reply', step, attempt, type, data: { booking: 'b1' } }),
    timeOut: (withheld = false) => {
      const { step, attempt } = state.outstanding ?? assert.fail('nothing is outstanding')
      return on({ kind: 'timedOut', step, attempt, withheld })
    },
    cancel: () => on({ kind: 'cancel', reason: { code: 'CUSTOMER_REQUEST' } }),
    operator: (command: 'retry' | 'compensate' | 'giveUp') => on({ kind: 'operator', command, note: 'why' }),
  }
}

test('steps are taken in order, each with its address, and the end is told once', () => {
  const trip = play()
  assert.deepEqual(trip.last().commands, [
    {
      topic: 'flights',
      type: 'BOOK_FLIGHT',
      key: 'trip-1',
      payload: { traveller: 'ada', saga_id: id, step: 'flight', attempt: 1 },
    },
  ])
  assert.equal(trip.last().timer, 60_000)
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.reply('hotel', 'HOTEL_BOOKED')
  assert.deepEqual(trip.sent, ['BOOK_FLIGHT 1', 'BOOK_HOTEL 1', 'SEND_MAIL 1'])
  assert.equal(trip.state().status, 'completed')
  assert.equal(trip.last().timer, null)
  assert.deepEqual(trip.hooks, ['completed'])
  assert.deepEqual(trip.state().data, { traveller: 'ada', flight: 'b1', hotel: 'b1' })
  assert.equal(trip.state().steps.car?.status, 'skipped')
})

test('a failed step is not undone, those before it are, in reverse order', () => {
  const trip = play()
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.reply('hotel', 'HOTEL_FULL')
  assert.deepEqual(trip.sent.slice(2), ['CANCEL_FLIGHT 2'])
  trip.reply('flight', 'FLIGHT_CANCELLED')
  const { status, reason } = trip.state()
  assert.deepEqual([status, reason], ['compensated', { code: 'HOTEL_FULL' }])
  assert.deepEqual(trip.hooks, ['compensated'])
})

test('trap 8, undo of what never happened: a step whose outcome is not known is undone with the rest', () => {
  const trip = play()
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.timeOut()
  assert.equal(trip.last().timer, 120_000, 'the second attempt has more time')
  trip.timeOut()
  assert.deepEqual(trip.sent.slice(1), ['BOOK_HOTEL 1', 'BOOK_HOTEL 2', 'CANCEL_HOTEL 3'])
  trip.reply('hotel', 'HOTEL_CANCELLED')
  assert.equal(trip.sent.at(-1), 'CANCEL_FLIGHT 2')
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.deepEqual(trip.state().reason, { code: 'TIMEOUT', detail: { step: 'hotel' } })
})

test('a repeat that is withheld: the same attempt is waited for, for as long as the next one would be, and its reply counts', () => {
  const trip = play()
  trip.timeOut(true)
  assert.deepEqual([trip.last().timer, trip.state().outstanding?.tries], [120_000, 2])
  trip.timeOut(true)
  assert.deepEqual(trip.sent, ['BOOK_FLIGHT 1'])
  trip.reply('flight', 'FLIGHT_BOOKED', 1)
  assert.deepEqual(trip.sent.slice(1), ['BOOK_HOTEL 1'])
  trip.timeOut(true)
  trip.timeOut(true)
  assert.deepEqual(trip.sent.slice(2), ['CANCEL_HOTEL 2'], 'the last time-out turns it back all the same')
  for (let tries = 0; tries < 5; tries++) trip.timeOut(true)
  assert.equal(trip.state().stuck, true)
  trip.reply('hotel', 'HOTEL_CANCELLED')
  trip.reply('flight', 'FLIGHTS_BUSY')
  trip.timeOut(true)
  assert.equal(trip.sent.at(-1), 'CANCEL_FLIGHT 3', 'what was answered is not in the topic any more')
})

test('a step that failed at its second attempt is undone as well: the first may have had an effect', () => {
  const trip = play()
  trip.timeOut()
  trip.reply('flight', 'FLIGHT_FULL')
  assert.equal(trip.sent.at(-1), 'CANCEL_FLIGHT 3')
})

test('trap 2, cancel overtakes reserve: what answers a tombstone moves nothing', () => {
  const trip = play()
  trip.cancel()
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.equal(trip.reply('flight', 'CANCELLED', 1).late, 'unexpected')
  assert.deepEqual(trip.sent, ['BOOK_FLIGHT 1', 'CANCEL_FLIGHT 2'])
  assert.equal(trip.state().status, 'compensated')
})

test('trap 3, duplicate reply or stale attempt: it moves nothing, whenever it comes', () => {
  const trip = play()
  trip.timeOut()
  assert.equal(trip.reply('flight', 'FLIGHT_BOOKED', 1).late, 'superseded')
  assert.deepEqual(trip.sent, ['BOOK_FLIGHT 1', 'BOOK_FLIGHT 2'])
  trip.reply('flight', 'FLIGHT_BOOKED', 2)
  for (const attempt of [1, 2]) assert.equal(trip.reply('flight', 'FLIGHT_BOOKED', attempt).late, 'ignored')
  assert.deepEqual(trip.sent.slice(2), ['BOOK_HOTEL 1'])
  assert.equal(trip.reply('flight', 'FLIGHT_BOOKED', 9).late, 'unexpected')
  assert.equal(trip.reply('hotel', 'constructor').late, 'unexpected')
  assert.equal(trip.reply('nowhere', 'FLIGHT_BOOKED').late, 'unexpected')
})

test('trap 1, reply after timeout: the step is undone once more, once, and the end is told once', () => {
  const trip = play()
  for (let tries = 0; tries < 3; tries++) trip.timeOut()
  assert.equal(trip.sent.at(-1), 'CANCEL_FLIGHT 4')
  assert.equal(trip.reply('flight', 'FLIGHT_BOOKED', 3).late, 'covered')
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.equal(trip.state().status, 'compensated')
  assert.equal(trip.reply('flight', 'FLIGHT_BOOKED', 2).late, 'compensated')
  assert.equal(trip.state().status, 'compensating')
  assert.equal(trip.sent.at(-1), 'CANCEL_FLIGHT 5')
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.deepEqual([trip.state().status, trip.hooks], ['compensated', ['compensated']])
  assert.equal(trip.sent.filter((command) => command.startsWith('CANCEL')).length, 2)
})

test('trap 7, compensation fails: tried with growing time, stuck after a bound, and never given up', () => {
  const trip = play()
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.reply('hotel', 'HOTEL_FULL')
  const times = []
  for (let tries = 0; tries < 12; tries++) {
    times.push(trip.last().timer)
    trip.reply('flight', 'FLIGHTS_BUSY')
    assert.equal(trip.last().timer, 'keep')
    assert.equal(trip.reply('flight', 'FLIGHT_CANCELLED', 2 + tries).late, 'ignored', 'answered already')
    trip.timeOut()
    assert.equal(trip.state().stuck, tries >= 2)
  }
  assert.deepEqual(times.slice(0, 5), [30_000, 60_000, 120_000, 120_000, 120_000])
  trip.operator('retry')
  assert.deepEqual([trip.last().timer, trip.state().stuck, trip.last().result], [30_000, false, 'accepted'])
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.equal(trip.state().status, 'compensated')
})

test('a history stays short over years of attempts', () => {
  const trip = play()
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.cancel()
  let lines = 0
  for (let tries = 0; tries < 100_000; tries++) lines += trip.timeOut().history.length
  assert.ok(lines < 50, String(lines))
})

test('trap 6, undo registered after the step: what is undone is what was begun, told by the state alone', () => {
  const trip = play()
  trip.cancel()
  assert.deepEqual([trip.state().status, trip.sent.at(-1)], ['compensating', 'CANCEL_FLIGHT 2'])
})

test('behind the pivot it goes forward for ever, and a cancellation waits for the end', () => {
  const trip = play(tripSaga, { traveller: 'ada', wantsCar: true })
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.reply('hotel', 'HOTEL_BOOKED')
  assert.equal(trip.cancel().result, 'deferred')
  assert.equal(trip.operator('compensate').result, 'pastPivot')
  for (let tries = 0; tries < 4; tries++) trip.timeOut()
  assert.deepEqual([trip.state().status, trip.state().stuck], ['running', true])
  trip.reply('car', 'CAR_RENTED')
  assert.deepEqual([trip.state().status, trip.sent.at(-1)], ['compensating', 'CANCEL_HOTEL 2'])
  trip.reply('hotel', 'HOTEL_CANCELLED')
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.deepEqual(trip.hooks, ['completed', 'compensated'])
})

test('a completed saga that its definition refuses to undo stays completed, whoever asks', () => {
  const trip = play()
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.reply('hotel', 'HOTEL_BOOKED')
  const refusal = 'the trip has begun'
  const byCustomer = trip.on({ kind: 'cancel', reason: { code: 'CUSTOMER_REQUEST' }, refusal })
  const byOperator = trip.on({ kind: 'operator', command: 'compensate', note: 'why', refusal })
  assert.deepEqual([byCustomer.result, byOperator.result], ['refused', 'refused'])
  assert.deepEqual(byOperator.history.at(-1)?.detail?.refusal, refusal)
  assert.deepEqual([trip.state().status, trip.sent.length], ['completed', 3])
  assert.equal(trip.cancel().result, 'accepted', 'it can be undone again')
})

test('a cancellation afterwards is refused as a whole, or not at all', () => {
  const trip = play()
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.reply('hotel', 'HOTEL_BOOKED')
  assert.equal(trip.cancel().result, 'accepted')
  trip.reply('hotel', 'HOTEL_KEPT')
  const { status, cancelRequested, reason } = trip.state()
  assert.deepEqual([status, cancelRequested, reason], ['completed', { code: 'HOTEL_KEPT' }, null])
  assert.deepEqual(trip.hooks, ['completed', 'cancelRefused'])
  assert.equal(trip.cancel().result, 'accepted', 'asked again')
  trip.reply('hotel', 'HOTEL_CANCELLED')
  assert.equal(trip.sent.at(-1), 'CANCEL_FLIGHT 2')
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.deepEqual(trip.hooks, ['completed', 'cancelRefused', 'compensated'])
})

test('a refusal in the middle of a compensation is stuck at once, and tried on', () => {
  const trip = play()
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.cancel()
  trip.reply('hotel', 'HOTEL_KEPT')
  assert.deepEqual([trip.state().status, trip.state().stuck], ['compensating', true])
  trip.timeOut()
  trip.reply('hotel', 'HOTEL_CANCELLED')
  assert.deepEqual([trip.state().stuck, trip.sent.at(-1)], [false, 'CANCEL_FLIGHT 2'])
})

test('a refusal before the pivot, where the step says so: the saga goes forward, and who cancelled is told', () => {
  const trip = play()
  trip.cancel()
  trip.reply('flight', 'FLIGHT_KEPT')
  const { status, reason, cancelRequested, data } = trip.state()
  assert.deepEqual([status, reason, cancelRequested, data.flight], ['running', null, null, 'b1'])
  assert.deepEqual([trip.sent.at(-1), trip.last().timer], ['BOOK_HOTEL 1', 60_000])
  for (const [type, attempt] of [
    ['FLIGHT_BOOKED', 1],
    ['FLIGHT_CANCELLED', 2],
    ['FLIGHT_KEPT', 2],
  ] as const)
    assert.equal(trip.reply('flight', type, attempt).late, 'ignored')
  trip.reply('hotel', 'HOTEL_BOOKED')
  assert.deepEqual([trip.state().status, trip.hooks], ['completed', ['cancelRefused', 'completed']])
  trip.cancel()
  trip.reply('hotel', 'HOTEL_CANCELLED')
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.equal(trip.state().status, 'compensated', 'it can be cancelled as any other')
})

test('a refusal after a time-out: the step is done after all, and nobody is told of a cancellation', () => {
  const trip = play()
  for (let tries = 0; tries < 3; tries++) trip.timeOut()
  trip.timeOut()
  trip.reply('flight', 'FLIGHT_KEPT')
  trip.reply('hotel', 'HOTEL_BOOKED')
  assert.deepEqual([trip.state().status, trip.hooks], ['completed', ['completed']])
})

test('a refusal when a later step has failed, or is undone, is stuck: there is no way forward', () => {
  for (const reply of ['HOTEL_FULL', 'HOTEL_CANCELLED']) {
    const trip = play()
    trip.reply('flight', 'FLIGHT_BOOKED')
    if (reply === 'HOTEL_CANCELLED') trip.cancel()
    trip.reply('hotel', reply)
    trip.reply('flight', 'FLIGHT_KEPT')
    assert.deepEqual([trip.state().status, trip.state().stuck], ['compensating', true], reply)
    trip.timeOut()
    trip.reply('flight', 'FLIGHT_CANCELLED')
    assert.deepEqual([trip.state().status, trip.hooks], ['compensated', ['compensated']], reply)
  }
})

test('a refusal to undo what came late is stuck, since the end was told', () => {
  const { flight, confirm } = tripSpec.steps
  const trip = play(defineSaga<TripInput, Trip>({ ...tripSpec, steps: { flight, confirm } }))
  trip.timeOut()
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.cancel()
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.equal(trip.reply('flight', 'FLIGHT_BOOKED', 1).late, 'compensated')
  trip.reply('flight', 'FLIGHT_KEPT')
  assert.deepEqual([trip.state().status, trip.state().stuck], ['compensating', true])
  trip.timeOut()
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.deepEqual([trip.state().status, trip.hooks], ['compensated', ['completed', 'compensated']])
})

test('a saga that is given up sends nothing more, and can still be compensated', () => {
  const trip = play()
  trip.reply('flight', 'FLIGHT_BOOKED')
  assert.equal(trip.operator('giveUp').result, 'done')
  assert.deepEqual([trip.state().status, trip.last().timer, trip.hooks], ['givenUp', null, ['givenUp']])
  assert.equal(trip.reply('hotel', 'HOTEL_BOOKED').late, 'givenUp')
  assert.equal(trip.cancel().result, 'ended')
  assert.equal(trip.operator('retry').result, 'ended')
  assert.equal(trip.operator('compensate').result, 'accepted')
  trip.reply('hotel', 'HOTEL_CANCELLED')
  trip.reply('flight', 'FLIGHT_CANCELLED')
  assert.equal(trip.state().status, 'compensated')
})

test('a reply to a step that an upgrade has renamed is one to the step as it is called now', () => {
  const { flight, ...others } = tripSpec.steps
  const next = defineSaga<TripInput, Trip>({
    ...tripSpec,
    version: 2,
    steps: { plane: flight, ...others },
    upgrade: { data: (old: Trip) => old, steps: { flight: 'plane' } },
  })
  const { state } = upgrade(next, play().state())
  const reply = { step: 'flight', attempt: 1, type: 'FLIGHT_BOOKED', data: { booking: 'b1' } }
  const decision = decide(next, state, { kind: 'reply', ...reply })
  assert.deepEqual([decision.late, decision.state.steps.plane?.status], [undefined, 'done'])
  assert.equal(decision.commands[0]?.type, 'BOOK_HOTEL')
})

test('who asks too late is told', () => {
  const { cancellable: _, ...others } = tripSpec
  const trip = play(defineSaga<TripInput, Trip>(others))
  trip.reply('flight', 'FLIGHT_BOOKED')
  trip.reply('hotel', 'HOTEL_BOOKED')
  for (const command of ['retry', 'compensate', 'giveUp'] as const)
    assert.equal(trip.operator(command).result, 'ended')
  assert.equal(trip.cancel().result, 'ended')
})

test('a reply with the wrong data is a dead letter, and moves nothing', () => {
  const trip = play()
  assert.throws(
    () => trip.on({ kind: 'reply', step: 'flight', attempt: 1, type: 'FLIGHT_BOOKED', data: {} }),
    { name: 'InboxError', code: 'rejected' },
  )
})
