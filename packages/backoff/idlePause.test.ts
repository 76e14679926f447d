import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIdlePause } from './idlePause.ts'

test('pauses grow up to a bound as long as nothing is found, and begin again with what is', () => {
  const pause = createIdlePause(1_000)
  const idle = Array.from({ length: 8 }, () => Math.round(pause(false)))
  assert.deepEqual(idle, [1_000, 1_200, 1_440, 1_728, 2_074, 2_488, 2_500, 2_500])
  assert.deepEqual([pause(true), pause(false), pause(true)], [1_000, 1_200, 1_000])
})
