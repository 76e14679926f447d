import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { streamOf } from './aggregate.ts'
import { EventStoreError } from './eventStoreError.ts'
import { type AccountEvent, type AccountState, account } from './eventStoreHarness.ts'
import { isSnapshotDue } from './executeCommand.ts'
import { specify } from './testing.ts'
import { upcast } from './upcast.ts'

const given = specify(account)
const opened: AccountEvent = { type: 'opened', data: { owner: 'ana' } }
const deposited: AccountEvent = { type: 'deposited', data: { amount: 10 } }

test('a specification tells events, rejection, nothing and state', () => {
  given().when({ do: 'open', owner: 'ana' }).thenEvents(opened)
  given(opened).when({ do: 'open', owner: 'ana' }).thenEvents()
  given(opened, deposited).when({ do: 'withdraw', amount: 11 }).thenRejected('not enough')
  given(opened, deposited).when({ do: 'deposit', amount: 5 }).thenState({ owner: 'ana', balance: 15 })
})

test('a specification fails where it is not met', () => {
  const when = given(opened, deposited).when({ do: 'withdraw', amount: 11 })
  assert.throws(() => when.thenEvents(), assert.AssertionError)
  assert.throws(() => when.thenRejected('other'), assert.AssertionError)
  assert.throws(() => given().when({ do: 'open', owner: 'ana' }).thenEvents(), assert.AssertionError)
  assert.throws(() => given(opened).when({ do: 'open', owner: 'b' }).thenRejected('x'), assert.AssertionError)
})

test('a specification catches functions that are not pure, and what JSON would alter', () => {
  const changing = specify({
    ...account,
    evolve: (state: AccountState, event: AccountEvent) => {
      Object.assign(state, { owner: event.type })
      return state
    },
  })
  assert.throws(() => changing(opened).when({ do: 'deposit', amount: 1 }), TypeError)
  let calls = 0
  const counting = specify({
    ...account,
    decide: () => [{ type: 'deposited' as const, data: { amount: ++calls } }],
  })
  assert.throws(() => counting(opened).when({ do: 'deposit', amount: 1 }), /not pure/)
  const late = { type: 'opened', data: { owner: 'ana', at: new Date(0) } } as const
  assert.throws(() => given(late).when({ do: 'deposit', amount: 1 }), /read from JSON/)
})

test('a stream is named by its category and id', () => {
  assert.equal(streamOf(account, '7-a'), 'account-7-a')
  for (const category of ['', 'a-b']) assert.throws(() => streamOf({ category }, '1'), EventStoreError)
})

test('a snapshot is due when a multiple is passed, also by several events at once', () => {
  assert.deepEqual(
    [
      [0, 9],
      [9, 10],
      [8, 12],
      [10, 11],
      [10, 35],
    ].map(([before = 0, after = 0]) => isSnapshotDue(before, after, 10)),
    [false, true, true, false, true],
  )
})

const upcasters = {
  'opened.v0': ({ data }: { data: unknown }) => ({ type: 'opened.v1', data: { name: data } }),
  'opened.v1': ({ data }: { data: unknown }) => ({
    type: 'opened',
    data: { owner: (data as { name: string }).name },
  }),
}

test('an event goes through every upcaster from its type on, and stays as it is without one', () => {
  assert.deepEqual(upcast({ type: 'opened.v0', data: 'ana' }, upcasters), opened)
  assert.deepEqual(upcast({ type: 'opened.v1', data: { name: 'ana' } }, upcasters), opened)
  assert.deepEqual(upcast(opened, upcasters), opened)
  assert.deepEqual(upcast({ type: 'constructor', data: 1 }, upcasters), { type: 'constructor', data: 1 })
})

test('upcasting is pure: whatever the event, twice is once, and what is given stays', () => {
  fc.assert(
    fc.property(fc.constantFrom('opened.v0', 'opened.v1', 'opened'), fc.string(), (type, name) => {
      const data = { 'opened.v0': name, 'opened.v1': { name }, opened: { owner: name } }[type]
      const event = Object.freeze({ type, data: Object.freeze(data) })
      const once = upcast(event, upcasters)
      assert.deepEqual(once, { type: 'opened', data: { owner: name } })
      assert.deepEqual(upcast(once, upcasters), once)
      assert.deepEqual(upcast(event, upcasters), once)
    }),
  )
})

test('upcasters that lead round in a circle are an error', () => {
  const circle = { a: () => ({ type: 'b', data: 1 }), b: () => ({ type: 'a', data: 1 }) }
  assert.throws(() => upcast({ type: 'a', data: 1 }, circle), /circle/)
})
