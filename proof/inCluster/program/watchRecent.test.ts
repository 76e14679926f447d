import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findContradiction, problemOfRecent, type RecentPage, type RecentSummary } from './watchRecent.ts'

const page = (askedAt: number, ...events: [id: number, isSent: boolean][]): RecentPage => ({
  askedAt,
  cameAt: askedAt + 10,
  events: events.map(([id, isSent]) => ({ id, isSent })),
})

test('an answer has to show what Postgres said more than a second before', () => {
  const known = [page(0, [1, false]), page(100, [2, false], [1, true])]
  assert.equal(findContradiction(page(2_000, [2, false], [1, true]), known), undefined)
  assert.equal(findContradiction(page(2_000, [3, false], [2, true], [1, true]), known), undefined)
  assert.equal(findContradiction(page(2_000, [1, true]), known), 'event 2 is missing')
  assert.equal(findContradiction(page(2_000, [2, false], [1, false]), known), 'event 1 is not shown as sent')
})

test('what Postgres said within the last second may still be missing', () => {
  const known = [page(0, [1, false]), page(100, [2, false], [1, true])]
  assert.equal(findContradiction(page(1_105, [1, false]), known), undefined)
  assert.equal(findContradiction(page(1_111, [1, false]), known), 'event 2 is missing')
  assert.equal(findContradiction(page(500), known), undefined)
})

test('what newer events have pushed off a full page is not missing', () => {
  const full = Array.from({ length: 50 }, (_, i): [number, boolean] => [100 - i, false])
  assert.equal(findContradiction(page(5_000, ...full), [page(0, [50, true])]), undefined)
  assert.equal(findContradiction(page(5_000, ...full.slice(1)), [page(0, [50, true])]), 'event 50 is missing')
})

test('a summary tells all that did not hold', () => {
  const good: RecentSummary = {
    answers: 9,
    failed: [],
    contradicted: [],
    breakerOpened: true,
    breakerClosed: true,
  }
  assert.equal(problemOfRecent(good), undefined)
  for (const [change, text] of [
    [{ answers: 0 }, /nothing was answered/],
    [{ failed: ['503'] }, /not every read was answered \(503\)/],
    [{ contradicted: ['event 1 is missing'] }, /more than a second behind \(event 1/],
    [{ breakerOpened: false, breakerClosed: false }, /did not open/],
    [{ breakerClosed: false }, /did not close again/],
  ] as const)
    assert.match(problemOfRecent({ ...good, ...change }) ?? '', text)
})
