import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorkLoop, sleepMs } from './workLoop.ts'

const backoff = { initialMs: 1, maxMs: 2 }
const forEverMs = 86_400_000
const neverFails = (error: unknown) => assert.fail(String(error))

test('a loop that sleeps begins a round when it is woken, and when what it holds has ended', async () => {
  const rounds: PromiseWithResolvers<void>[] = []
  const next = () => {
    const round = Promise.withResolvers<void>()
    rounds.push(round)
    return round.promise
  }
  const loop = createWorkLoop({
    round: async () => {
      rounds.shift()?.resolve()
      return forEverMs
    },
    onFailure: neverFails,
    backoff,
  })
  const first = next()
  loop.start()
  await first
  const woken = next()
  loop.wake()
  await woken
  const ended = next()
  const work = Promise.withResolvers<void>()
  loop.hold(work.promise)
  assert.equal(loop.held(), 1)
  work.resolve()
  await ended
  assert.equal(loop.held(), 0)
  await loop.stop()
})

test('a wake that comes in the middle of a round is not lost', async () => {
  let rounds = 0
  const twice = Promise.withResolvers<void>()
  const loop = createWorkLoop({
    round: async () => {
      rounds += 1
      if (rounds === 1) loop.wake()
      else twice.resolve()
      return forEverMs
    },
    onFailure: neverFails,
    backoff,
  })
  loop.start()
  await twice.promise
  await loop.stop()
  assert.equal(rounds, 2)
})

test('rounds that fail are counted until one does not', async () => {
  const failures: number[] = []
  const outcomes = ['fails', 'fails', 'works', 'fails', 'works']
  const over = Promise.withResolvers<void>()
  const loop = createWorkLoop({
    round: async () => {
      const outcome = outcomes.shift()
      if (outcome === undefined) over.resolve()
      if (outcome === 'fails') throw new Error('on purpose')
      return outcome === undefined ? forEverMs : 0
    },
    onFailure: (_error, count) => void failures.push(count),
    backoff,
  })
  loop.start()
  await over.promise
  await loop.stop()
  assert.deepEqual(failures, [1, 2, 1])
})

test('a loop that is stopped begins no round and ends when what it holds has ended', async () => {
  let rounds = 0
  const loop = createWorkLoop({ round: async () => ++rounds && forEverMs, onFailure: neverFails, backoff })
  loop.start()
  const work = Promise.withResolvers<void>()
  loop.hold(work.promise)
  let isStopped = false
  const stopped = loop.stop().then(() => {
    isStopped = true
  })
  loop.wake()
  await new Promise(setImmediate)
  assert.deepEqual([isStopped, loop.signal.aborted], [false, true])
  work.resolve()
  await stopped
  assert.equal(rounds, 1)
})

test('it sleeps until what is due next, and about as long as it polls when that is late already', () => {
  assert.equal(sleepMs(1_000, 5), 6)
  for (const nextMs of [undefined, 0, -3, 5_000]) {
    const ms = sleepMs(1_000, nextMs)
    assert.ok(ms >= 750 && ms <= 1_250, String(ms))
  }
})
