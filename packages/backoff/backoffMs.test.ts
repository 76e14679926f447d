import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffMs } from './backoffMs.ts'

const bounds = { initialMs: 100, maxMs: 5_000 }
const longest = (failures: number) => backoffMs(failures, bounds, () => 1)

test('the longest pause doubles with each failure, up to its bound', () => {
  assert.deepEqual([1, 2, 3, 6, 7, 1_000_000].map(longest), [100, 200, 400, 3_200, 5_000, 5_000])
})

test('the pause is anything up to the longest', () => {
  const random = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), random, (failures, share) => {
      const pause = backoffMs(failures, bounds, () => share)
      assert.ok(Math.abs(pause - share * longest(failures)) <= 0.5)
    }),
  )
})
