import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adjustProfile, arrivalRate, profileSeconds, profiles } from './profiles.ts'

test('a profile can be made shorter and higher without another shape', () => {
  const adjusted = adjustProfile(profiles.spike, { peak: 100, seconds: 43 })
  assert.ok(Math.abs(profileSeconds(adjusted) - 43) < 0.001)
  assert.deepEqual(
    adjusted.stages.map(({ share }) => share),
    profiles.spike.stages.map(({ share }) => share),
  )
  assert.equal(adjusted.peak, 100)
})

test('without changes it stays as it is', () => {
  assert.deepEqual(adjustProfile(profiles.stress, {}), {
    ...profiles.stress,
    stages: [...profiles.stress.stages],
  })
})

test('it becomes an arrival-rate scenario that has the users for its peak', () => {
  const scenario = arrivalRate(profiles.spike)
  assert.equal(scenario.executor, 'ramping-arrival-rate')
  assert.equal(scenario.startRate, 30)
  assert.equal(scenario.stages[1]?.target, 300)
  assert.equal(scenario.stages[1]?.duration, '3000ms')
  assert.ok(scenario.preAllocatedVUs >= 300)
})
