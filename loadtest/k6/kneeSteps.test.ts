import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findKnee, kneeP95Ms, kneeSteps } from './kneeSteps.ts'

const steps = kneeSteps(100, 80)

function metricsWith(p95: (rate: number) => number, failed = 0): Record<string, Record<string, number>> {
  return Object.fromEntries(
    steps.flatMap(({ rate }) => [
      [`http_req_duration{step:${rate}}`, { 'p(95)': p95(rate) }],
      [`http_req_failed{step:${rate}}`, { rate: failed }],
    ]),
  )
}

test('the steps rise, one after the other, and share the time', () => {
  for (const [n, step] of steps.entries()) assert.equal(step.startSeconds, n * 10)
  const rates = steps.map(({ rate }) => rate)
  assert.deepEqual(
    rates,
    [...rates].sort((a, b) => a - b),
  )
})

test('the knee is the last rate before the first that was too slow', () => {
  assert.equal(
    findKnee(
      steps,
      metricsWith((rate) => (rate > 150 ? kneeP95Ms + 1 : 50)),
    ),
    150,
  )
  assert.equal(
    findKnee(
      steps,
      metricsWith(() => 50),
    ),
    400,
  )
  assert.equal(
    findKnee(
      steps,
      metricsWith(() => 5_000),
    ),
    0,
  )
})

test('a step that failed requests, was left out or was not kept ends it as well', () => {
  assert.equal(
    findKnee(
      steps,
      metricsWith(() => 50, 0.01),
    ),
    0,
  )
  assert.equal(findKnee(steps, {}), 0)
  const dropped = { ...metricsWith(() => 50), 'dropped_iterations{scenario:step_200}': { count: 3 } }
  assert.equal(findKnee(steps, dropped), 150)
})
