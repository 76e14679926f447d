import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeSlowdown } from './loginSlowdown.ts'

const metrics = (alone: number, flooded: number) => ({
  relevo_others_alone: { values: { med: alone, 'p(95)': alone } },
  relevo_others_flooded: { values: { med: flooded, 'p(95)': flooded } },
})

test('requests may be twice as slow beside logins, and no slower', () => {
  assert.deepEqual(
    judgeSlowdown(metrics(10, 20)).map(({ kept }) => kept),
    [true, true],
  )
  const [slow] = judgeSlowdown(metrics(10, 21))
  assert.equal(slow?.kept, false)
  assert.match(slow?.sentence ?? '', /med 2\.10 times/)
})

test('what was not measured is not kept', () => {
  assert.ok(judgeSlowdown({}).every(({ kept }) => !kept))
})
