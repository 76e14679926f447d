import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSample, addTotal, type EndSample, perSecond, type TotalSample, waitingSeconds } from './lag.ts'
import { parseKafka } from './targets.ts'
import { uptimePercent } from './uptime.ts'

test('uptime is the share of the time that was watched and in which the service has answered', () => {
  assert.equal(uptimePercent({ healthy: 50, unhealthy: 100, down: 50, unknown: 850 }), 75)
  assert.equal(uptimePercent({ healthy: 0, unhealthy: 0, down: 0, unknown: 9 }), null)
  assert.equal(uptimePercent({ healthy: 86_399.9, unhealthy: 0, down: 0.1, unknown: 0 }), 99.999, 'never 100')
})

test('a record waits since the end of its partition was first seen beyond it', () => {
  let samples: readonly EndSample[] = []
  for (const [seconds, end] of [
    [0, 5n],
    [10, 5n],
    [20, 8n],
    [30, 9n],
  ] as const)
    samples = addSample(samples, { at: seconds * 1_000, end })
  assert.equal(waitingSeconds(samples, 9n, 40_000), 0)
  assert.equal(waitingSeconds(samples, 8n, 40_000), 10)
  assert.equal(waitingSeconds(samples, 5n, 40_000), 20)
  assert.equal(waitingSeconds(samples, 0n, 40_000), 40)
  assert.deepEqual(addSample(samples, { at: 50_000, end: 1n }), [{ at: 50_000, end: 1n }], 'another topic')
})

test('the samples of a partition are bounded, and stay about right', () => {
  let samples: readonly EndSample[] = []
  for (let n = 0; n < 10_000; n++) samples = addSample(samples, { at: n * 1_000, end: BigInt(n) })
  assert.ok(samples.length <= 512)
  assert.equal(waitingSeconds(samples, 9_989n, 10_000_000), 10)
})

test('the rate is that of the last minute', () => {
  let samples: readonly TotalSample[] = []
  for (let n = 0; n <= 100; n++)
    samples = addTotal(samples, { at: n * 5_000, total: BigInt(n <= 50 ? 0 : (n - 50) * 10) })
  assert.equal(perSecond(samples), 2)
  assert.ok(samples.length < 20)
  assert.equal(perSecond([]), 0)
  assert.deepEqual(addTotal(samples, { at: 600_000, total: 3n }), [{ at: 600_000, total: 3n }])
})

test('what is watched of Kafka is read from a variable, and what is wrong there is said', () => {
  const kafka = {
    topics: { t: 't.dlt', u: null },
    groups: [{ group: 'g', service: 'orders', topics: ['t'] }],
  }
  assert.deepEqual(parseKafka(JSON.stringify(kafka)), kafka)
  for (const wrong of ['', '[]', '{"topics":{}}', '{"topics":{},"groups":[{"group":"g"}]}'])
    assert.throws(() => parseKafka(wrong), /JSON \{"topics"/, wrong)
})
