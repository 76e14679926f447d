import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProblems, type Measured } from './drillResult.ts'
import { goodMeasured } from './goodMeasured.ts'

test('a drill in which everything held has no problem; duplicate deliveries are none', () => {
  assert.deepEqual(findProblems(goodMeasured(), ['everyRequestAnswered']), [])
})

const faults: [string, (measured: Measured) => void, RegExp][] = [
  ['loss', ({ proof }) => proof.report.lost.count++, /1 events lost/],
  ['a second effect', ({ proof }) => proof.report.duplicateEffects.count++, /more than once/],
  ['a reordering', ({ proof }) => proof.report.reorderings.count++, /out of order/],
  ['a phantom', ({ proof }) => proof.report.phantom.count++, /never recorded/],
  ['a second record', ({ proof }) => proof.report.duplicateRecords.count++, /recorded twice/],
  ['a request recorded twice', ({ proof }) => proof.contents.recordedTwice.push('x'), /recorded twice/],
  ['another content', ({ proof }) => proof.contents.mismatched.push('1 x'), /another content/],
  ['lag', ({ proof }) => (proof.report.lag = 3), /3 events are not consumed/],
  ['an audit difference', ({ proof }) => (proof.report.auditDifference = 1), /audit/],
  ['no rest', ({ proof }) => (proof.quiet = false), /rest/],
  ['nothing acknowledged', ({ proof }) => (proof.report.acknowledged = 0), /nothing was shown/],
  [
    'a late first delivery',
    ({ recovery }) => (recovery.firstDeliveryMs = 10_001),
    /first delivery took 10.0 s/,
  ],
  ['a late first effect', ({ recovery }) => (recovery.firstEffectMs = 12_001), /first effect took 12.0 s/],
  ['late lag 0', ({ recovery }) => (recovery.caughtUpMs = 15_500), /lag 0 took 15.5 s/],
  ['an unanswered request', ({ load }) => load.posts.refused++, /not answered 2xx/],
  ['a request that was not sent', ({ load }) => load.posts.dropped++, /not answered 2xx/],
]
for (const [name, spoil, expected] of faults)
  test(`${name} is a problem, and the only one`, () => {
    const measured = goodMeasured()
    spoil(measured)
    const problems = findProblems(measured, ['everyRequestAnswered'])
    assert.equal(problems.length, 1, problems.join())
    assert.match(problems[0] ?? '', expected)
  })

test('requests may fail in a drill that does not claim otherwise', () => {
  const measured = goodMeasured()
  measured.load.posts.refused = 5
  assert.deepEqual(findProblems(measured), [])
})
