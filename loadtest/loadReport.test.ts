import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goodProof } from '../proof/goodProof.ts'
import { isGood, type LoadReport, renderReport } from './loadReport.ts'

function goodReport(): LoadReport {
  return {
    scenario: 'steady',
    profile: 'smoke',
    beganAt: '2026-01-01T00:00:00.000Z',
    k6: {
      seconds: 20,
      slos: [{ sentence: 'All is well.', kept: true }],
      metrics: { http_req_duration: { med: 5, 'p(95)': 10, 'p(99)': 12, max: 30 }, http_reqs: { count: 99 } },
    },
    proof: goodProof(),
    services: [{ process: 'relay', metric: 'memory after', value: 100.25, unit: 'MiB' }],
  }
}

test('a report is good when every SLO was kept and the ledger is in order', () => {
  assert.ok(isGood(goodReport()))
  assert.match(renderReport(goodReport()), /everything held\n/)
})

test('a broken SLO or a ledger out of order is said at the top', () => {
  const broken = goodReport()
  broken.k6.slos = [{ sentence: 'All is well.', kept: false }]
  assert.match(renderReport(broken), /\*\*NOT everything held\*\*/)
  assert.match(renderReport(broken), /\*\*broken\*\*: All is well\./)
  const brokenLaws = [{ law: 'Stock adds up', examples: ['product 1', 'product 2'] }]
  const unlawful = { ...goodReport(), proof: { ...goodProof(), ok: false, brokenLaws } }
  assert.match(renderReport(unlawful), /\*\*Broken\*\*: Stock adds up \(product 1; product 2\)/)
  const lost = { ...goodReport(), proof: { ...goodProof(), ok: false } }
  assert.equal(isGood(lost), false)
})

test('it has requests, ledger and services', () => {
  const text = renderReport(goodReport())
  assert.match(text, /\| all requests \| 99 \| 5\.0 \| 10\.0 \| 12\.0 \| 30\.0 \|/)
  assert.match(text, /\| acknowledged \| 20 \|/)
  assert.match(text, /\| relay \| memory after \| 100\.3 MiB \|/)
})
