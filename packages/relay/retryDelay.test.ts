import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { retryDelayMs } from './retryDelay.ts'

const bounds = { initialMs: 100, maxMs: 5_000 }

test('the pause doubles with each failure, up to its bound', () => {
  const longest = [1, 2, 3, 6, 7, 1_000_000].map((attempts) => retryDelayMs(attempts, bounds, () => 1))
  assert.deepEqual(longest, [100, 200, 400, 3_200, 5_000, 5_000])
})

test('jitter takes away half of it at most', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, random) => {
        const full = retryDelayMs(attempts, bounds, () => 1)
        const pause = retryDelayMs(attempts, bounds, () => random)
        assert.ok(pause >= full / 2 && pause <= full)
      },
    ),
  )
})
