import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatLedgerLine } from './ledgerLine.ts'
import { matchContents } from './matchContents.ts'
import { sortLedger } from './readLedger.ts'

const ledger = sortLedger([
  formatLedgerLine({ outcome: 'ack', id: 1, content: 'a' }),
  formatLedgerLine({ outcome: 'ack', event: 'uuid' }),
  formatLedgerLine({ outcome: 'unknown', content: 'b', why: '503' }),
  formatLedgerLine({ outcome: 'unknown', content: 'never' }),
  formatLedgerLine({ outcome: 'refused', content: 'r' }),
  '',
  '{"outcome":"ac',
])
const rows = [
  { id: 1, content: 'a' },
  { id: 2, content: 'b' },
]

test('a ledger is sorted by outcome, and a half-written line is counted', () => {
  assert.deepEqual(
    [ledger.acknowledged.length, ledger.unknown.length, ledger.refused, ledger.unreadable],
    [2, 2, 1, 1],
  )
})

test('requests of unknown outcome get the number under which they were recorded, if they were', () => {
  const matched = matchContents(ledger, rows)
  assert.deepEqual([...matched.ledger.acknowledged], [1, 'uuid'])
  assert.deepEqual([...(matched.ledger.unknown ?? [])], [2, 'never'])
  assert.deepEqual(matched.findings, { mismatched: [], recordedTwice: [] })
})

test('an answer that names no event acknowledges the one with its content; none is a loss', () => {
  const named = [
    { outcome: 'ack' as const, content: 'b' },
    { outcome: 'ack' as const, content: 'gone' },
  ]
  const matched = matchContents(sortLedger(named.map(formatLedgerLine)), rows)
  assert.deepEqual([...matched.ledger.acknowledged], [2, 'gone'])
})

test('a content under two numbers was recorded twice', () => {
  const { findings } = matchContents(ledger, [...rows, { id: 3, content: 'b' }])
  assert.deepEqual(findings.recordedTwice, ['b'])
})

test('another content under an acknowledged number, or none, is a mismatch', () => {
  assert.deepEqual(matchContents(ledger, [{ id: 1, content: 'x' }]).findings.mismatched, ['1 a'])
  assert.deepEqual(matchContents(ledger, []).findings.mismatched, ['1 a'])
})
