import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventIdOf, numberOfEvent } from './load/loadContract.ts'
import { replaceMarked } from './markedText.ts'
import { type Measurement, withRatios } from './measurement.ts'
import { parseOptions } from './options.ts'
import { cpuSeconds, parseStat, peakResidentBytes } from './processUsage.ts'
import { resultTable } from './resultTable.ts'
import { latencies, median, percentile } from './statistics.ts'

test('percentiles are by nearest rank', () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1)
  assert.deepEqual(
    [0.5, 0.95, 0.99, 1].map((p) => percentile(sorted, p)),
    [50, 95, 99, 100],
  )
  assert.equal(percentile([7], 0.5), 7)
  assert.ok(Number.isNaN(percentile([], 0.5)))
})

test('latencies are sorted as numbers', () => {
  assert.deepEqual(latencies('x', [100, 9, 20]), { xP50: 20, xP95: 100, xP99: 100, xMax: 100 })
  assert.deepEqual(latencies('x', []), {})
})

test('the median of an even count is the mean of the middle two', () => {
  assert.equal(median([10, 1, 3]), 3)
  assert.equal(median([10, 1, 3, 5]), 4)
  assert.ok(Number.isNaN(median([])))
})

const run = (variant: string, round: number, rate: number): Measurement => ({
  scenario: 's',
  variant,
  round,
  values: { rate },
})

test('ratios compare the runs of one round', () => {
  const ratio = {
    key: 'ratio',
    of: 'rate',
    reference: (variant: string) => (variant === 'b' ? 'a' : undefined),
  }
  const measured = [run('a', 1, 10), run('b', 1, 5), run('b', 2, 20), run('a', 2, 80), run('b', 3, 1)]
  assert.deepEqual(
    withRatios(measured, [ratio]).map((each) => each.values.ratio),
    [undefined, 0.5, 0.25, undefined, undefined],
  )
})

test('the table shows median, extremes, missing values and failed runs', () => {
  const failed = { ...run('b', 2, 0), values: {}, failure: 'no broker' }
  const columns = [
    { key: 'rate', title: 'events/s' },
    { key: 'other', title: 'other', digits: 2 },
  ]
  const table = resultTable([run('a', 1, 1_000), run('a', 2, 3_000), run('b', 1, 0.6), failed], columns)
  assert.equal(
    table,
    `| | events/s | other | runs |
|---|--:|--:|--:|
| a | 2,000 (1,000 – 3,000) | – | 2 |
| b | 1 | – | 2, 1 failed |

- failed: b, round 2: no broker`,
  )
})

test('only what is between the markers is replaced', () => {
  const text = 'before\n<!-- x:begin -->\nold\n<!-- x:end -->\nafter'
  const replaced = replaceMarked(text, 'x', 'new\n')
  assert.equal(replaced, 'before\n<!-- x:begin -->\nnew\n<!-- x:end -->\nafter')
  assert.equal(replaceMarked(replaced, 'x', 'new'), replaced)
  assert.throws(() => replaceMarked('<!-- x:end --><!-- x:begin -->', 'x', ''), /markers/)
})

test('the command line is checked', () => {
  assert.deepEqual(parseOptions([], ['a', 'b']), { scenarios: ['a', 'b'], runs: 5, write: false })
  assert.deepEqual(parseOptions(['b', '--runs', '2', '--write'], ['a', 'b']), {
    scenarios: ['b'],
    runs: 2,
    write: true,
  })
  assert.throws(() => parseOptions(['c'], ['a']), /no scenario "c"/)
  assert.throws(() => parseOptions(['--runs', '0'], ['a']), /--runs/)
})

test('the usage of a process is read behind its name', () => {
  const stat = '12 (a ) b) S 7 1 1 0 -1 4194304 5 0 0 0 100 20 3 4 20 0 1 0 50 0 0'
  assert.deepEqual(parseStat(stat), { parent: 7, ticks: 127 })
})

test('the usage of this process is found', { skip: process.platform !== 'linux' }, () => {
  assert.ok(cpuSeconds(process.pid) > 0)
  assert.ok(peakResidentBytes(process.pid) >= process.memoryUsage.rss() / 2)
})

test('the id of an event tells its number', () => {
  for (const n of [0, 1, 255, 4_000_000]) assert.equal(numberOfEvent(eventIdOf(n)), n)
})
