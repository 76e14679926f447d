import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareMetrics } from './compareMetrics.ts'
import { observedBetween, quantile } from './histogram.ts'
import { parseMetrics } from './parseMetrics.ts'

const before = `# HELP relevo_relay_published_events_total Events
# TYPE relevo_relay_published_events_total counter
relevo_relay_published_events_total{topic="messages"} 10
relevo_relay_published_events_total{topic="or\\"ders"} 5
process_resident_memory_bytes 104857600
process_cpu_seconds_total 2
relevo_relay_delay_seconds_bucket{le="0.01"} 10
relevo_relay_delay_seconds_bucket{le="0.1"} 10
relevo_relay_delay_seconds_bucket{le="+Inf"} 10
`
const after = `relevo_relay_published_events_total{topic="messages"} 30
relevo_relay_published_events_total{topic="or\\"ders"} 6
process_resident_memory_bytes 209715200
process_cpu_seconds_total 3.5
relevo_relay_delay_seconds_bucket{le="0.01"} 15
relevo_relay_delay_seconds_bucket{le="0.1"} 20
relevo_relay_delay_seconds_bucket{le="+Inf"} 20
`

test('the text format is read with its labels, and comments are left out', () => {
  const samples = parseMetrics(before)
  assert.equal(samples.length, 7)
  assert.deepEqual(samples[1], {
    name: 'relevo_relay_published_events_total',
    labels: { topic: 'or"ders' },
    value: 5,
  })
  assert.deepEqual(parseMetrics('x NaN\ny 1e-3 1700000000'), [
    { name: 'x', labels: {}, value: Number.NaN },
    { name: 'y', labels: {}, value: 0.001 },
  ])
})

test('counters are what they grew by, all labels together; gauges are shown before and after', () => {
  const rows = compareMetrics([{ name: 'relay', before, after }])
  const value = (metric: string) => rows.find((row) => row.metric === metric)?.value
  assert.equal(value('relevo_relay_published_events_total'), 21)
  assert.equal(value('memory before'), 100)
  assert.equal(value('memory after'), 200)
  assert.equal(value('processor time'), 1.5)
  assert.equal(value('relevo_inbox_processed_events_total'), undefined)
})

test('a process that started anew counts from 0', () => {
  const [first] = compareMetrics([{ name: 'relay', before: after, after: before }])
  assert.equal(first?.value, 15)
})

test('a quantile is of what was observed in between', () => {
  const observed = observedBetween('relevo_relay_delay_seconds', parseMetrics(before), parseMetrics(after))
  assert.equal(observed.count, 10)
  assert.equal(quantile(observed, 0.5), 0.01)
  assert.ok(Math.abs(quantile(observed, 0.75) - 0.055) < 1e-9)
  assert.ok(Number.isNaN(quantile({ count: 0, buckets: new Map() }, 0.5)))
})
