import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restartDelay } from './restartPolicy.ts'

test('the pauses double, and the fourth end within a minute is the last', () => {
  const now = 1_000_000
  assert.equal(restartDelay([now], now), 1_000)
  assert.equal(restartDelay([now - 1_000, now], now), 2_000)
  assert.equal(restartDelay([now - 5_000, now - 3_000, now], now), 4_000)
  assert.equal(restartDelay([now - 9_000, now - 5_000, now - 3_000, now], now), undefined)
})

test('ends of long ago do not count', () => {
  const now = 1_000_000
  assert.equal(restartDelay([now - 90_000, now - 80_000, now - 70_000, now], now), 1_000)
})
