import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adjustProfile, profiles } from './profiles.ts'
import { correctnessSlos, postLatencySlo, speedSlos, thresholdsOf } from './slo.ts'

test('correctness ends the run, latency does not', () => {
  const thresholds = thresholdsOf([...correctnessSlos, postLatencySlo(500)])
  assert.deepEqual(thresholds.relevo_wrong_answers, [{ threshold: 'count==0', abortOnFail: true }])
  assert.deepEqual(thresholds['http_req_duration{name:POST /messages}'], [
    { threshold: 'p(95)<500', abortOnFail: false },
  ])
})

test('a smoke test promises nothing of speed, at whatever rate; the others do', () => {
  const latency = (p95Ms: number) => [postLatencySlo(p95Ms)]
  assert.deepEqual(speedSlos(adjustProfile(profiles.smoke, { peak: 50 }), latency), [])
  assert.deepEqual(speedSlos(profiles.average, latency), [postLatencySlo(500)])
})

test('two SLOs on one metric are two thresholds', () => {
  const thresholds = thresholdsOf([postLatencySlo(500), postLatencySlo(900)])
  assert.equal(thresholds['http_req_duration{name:POST /messages}']?.length, 2)
})
