import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drillTable } from './drillTable.ts'
import { goodMeasured } from './goodMeasured.ts'

test('what did not run is never shown as passed, and says why', () => {
  const table = drillTable([
    { name: 'nodeDrained', title: 'A node drained', verdict: 'notRun', reason: 'one node' },
  ])
  assert.doesNotMatch(table, /passed/)
  assert.match(table, /\| not run \|/)
  assert.match(table, /- not run: `nodeDrained`: one node/)
})

test('a drill that broke off is not passed either', () => {
  const table = drillTable([{ name: 'x', title: 'X', verdict: 'broke', reason: 'no toolbox' }])
  assert.match(table, /\*\*broke off\*\*/)
  assert.match(table, /no toolbox/)
})

test('a row has the numbers, and every row as many cells as the header', () => {
  const table = drillTable([
    { name: 'x', title: 'X', verdict: 'passed', measured: goodMeasured(), problems: [] },
    { name: 'y', title: 'Y', verdict: 'notRun', reason: 'why' },
  ])
  const [header, , row, empty] = table.split('\n')
  assert.match(
    row ?? '',
    /\| passed \| 10 \(100 %\) \| 0 \| 2 \| 0 \| 0 \| 0.9 s \| 0.8 s \(≤ 10 s\) \| 0.9 s \(≤ 12 s\) \| 1.0 s \(≤ 15 s\) \|/,
  )
  assert.equal(row?.split('|').length, header?.split('|').length)
  assert.equal(empty?.split('|').length, header?.split('|').length)
})

test('one request of many that was not answered does not show as 100 %', () => {
  const measured = { ...goodMeasured(), requests: 100_000, answered: 99_999 / 100_000 }
  const table = drillTable([{ name: 'x', title: 'X', verdict: 'failed', measured, problems: ['p'] }])
  assert.match(table, /99.99 %/)
  assert.match(table, /- failed: `x`: p/)
})
