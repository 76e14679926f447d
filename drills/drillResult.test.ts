import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProblems } from './drillResult.ts'
import { goodMeasured } from './goodMeasured.ts'

test('a drill in which everything held has no problem; duplicate deliveries are none', () => {
  assert.deepEqual(findProblems(goodMeasured(), ['everyRequestAnswered']), [])
})

const faults: [string, (measured: ReturnType<typeof goodMeasured>) => void, RegExp][] = [
  [
    'a claim of the drill itself',
    (measured) => void Object.assign(measured, { problems: ['no mail'] }),
    /^no mail$/,
  ],
  [
    'loss',
    ({
      proof: {
        flows: [flow],
      },
    }) => flow.report.lost.count++,
    /1 events lost/,
  ],
  [
    'a second effect',
    ({
      proof: {
        flows: [flow],
      },
    }) => flow.report.duplicateEffects.count++,
    /more than once/,
  ],
  [
    'a reordering',
    ({
      proof: {
        flows: [flow],
      },
    }) => flow.report.reorderings.count++,
    /out of order/,
  ],
  [
    'a phantom',
    ({
      proof: {
        flows: [flow],
      },
    }) => flow.report.phantom.count++,
    /never recorded/,
  ],
  [
    'a second record',
    ({
      proof: {
        flows: [flow],
      },
    }) => flow.report.duplicateRecords.count++,
    /recorded twice/,
  ],
  [
    'a request recorded twice',
    ({
      proof: {
        flows: [flow],
      },
    }) => flow.contents.recordedTwice.push('x'),
    /recorded twice/,
  ],
  [
    'another content',
    ({
      proof: {
        flows: [flow],
      },
    }) => flow.contents.mismatched.push('1 x'),
    /another content/,
  ],
  [
    'lag',
    ({
      proof: {
        flows: [flow],
      },
    }) => (flow.report.lag = 3),
    /3 events are not consumed/,
  ],
  [
    'an audit difference',
    ({
      proof: {
        flows: [flow],
      },
    }) => (flow.report.auditDifference = 1),
    /audit/,
  ],
  [
    'a broken law',
    (measured) => {
      const brokenLaws = [{ law: 'stock adds up', examples: ['product 1'] }]
      measured.proof = { ...measured.proof, brokenLaws }
    },
    /broken: stock adds up \(product 1\)/,
  ],
  ['no rest', (measured) => (measured.proof = { ...measured.proof, quiet: false }), /rest/],
  [
    'nothing acknowledged',
    ({
      proof: {
        flows: [flow],
      },
    }) => (flow.report.acknowledged = 0),
    /nothing was shown/,
  ],
  [
    'a late first delivery',
    ({ recovery }) => (recovery.firstDeliveryMs = 10_001),
    /first delivery took 10.0 s/,
  ],
  ['a late first effect', ({ recovery }) => (recovery.firstEffectMs = 12_001), /first effect took 12.0 s/],
  ['late lag 0', ({ recovery }) => (recovery.caughtUpMs = 15_500), /lag 0 took 15.5 s/],
  [
    'an unanswered request',
    ({ load }) => Object.assign(load.posts, { refused: 2, reasons: { 409: 2 } }),
    /2 requests were not answered 2xx, and all should have been: 2 × 409$/,
  ],
  [
    'a request that was not sent',
    ({ load }) => load.posts.dropped++,
    /not answered 2xx.*: 1 not sent, since too/,
  ],
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
