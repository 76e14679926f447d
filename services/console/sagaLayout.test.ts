import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SagaLine, WholeSaga } from './shapes.ts'
import { arrowsOf, pathOf, placesOf, rowsOf } from './web/sagaLayout.ts'

const at = '2026-01-15T10:30:00.000Z'

function line(kind: string, step: string | null = null): SagaLine {
  return { at, kind, step, attempt: 1, undo: false, detail: null }
}

function sagaWith(part: Pick<WholeSaga, 'steps' | 'history' | 'step'>): WholeSaga {
  return {
    service: 'orders',
    id: 'x',
    name: 'sell',
    version: 1,
    key: 'k',
    status: 'running',
    reason: null,
    attempt: 1,
    undo: false,
    due_at: null,
    stuck_since: null,
    error: null,
    started_at: at,
    updated_at: at,
    ended_at: null,
    data: null,
    late_replies: [],
    waiting: [],
    ...part,
  }
}

test('steps are in the order of their turns, however the service orders them', () => {
  const rows = rowsOf(
    sagaWith({
      steps: {
        charge: { status: 'outstanding', attempts: 3 },
        reserve: { status: 'done', attempts: 1 },
      },
      history: [
        line('started'),
        line('sent', 'reserve'),
        line('done', 'reserve'),
        line('sent', 'charge'),
        line('timedOut', 'charge'),
        line('timedOut', 'charge'),
      ],
      step: 'charge',
    }),
  )
  assert.deepEqual(
    rows.map(({ step, attempts, timeouts, isWaitedFor }) => [step, attempts, timeouts, isWaitedFor]),
    [
      ['reserve', 1, 0, false],
      ['charge', 3, 2, true],
    ],
  )
  assert.deepEqual(arrowsOf(rows), [[placesOf(0).done, placesOf(1).done]])
})

test('a saga that is undone turns at its last step and goes back up, past what needs no undoing', () => {
  const rows = rowsOf(
    sagaWith({
      steps: {
        reserve: { status: 'undone', attempts: 2 },
        check: { status: 'done', attempts: 1 },
        charge: { status: 'undoing', attempts: 2 },
        ship: { status: 'failed', attempts: 1 },
      },
      history: ['reserve', 'check', 'charge', 'ship'].map((step) => line('sent', step)),
      step: 'charge',
    }),
  )
  const back = arrowsOf(rows).slice(3)
  assert.deepEqual(back, [
    [placesOf(3).done, placesOf(2).undone],
    [placesOf(2).undone, placesOf(0).undone],
  ])
  assert.deepEqual(
    back.map(([from, to]) => pathOf(from, to)),
    ['M38 224 H336 V174', 'M336 146 V46'],
    'none goes aslant through a label',
  )
  assert.equal(pathOf(placesOf(0).done, placesOf(0).undone), 'M38 32 H322')
})

test('a saga without steps has no diagram, and one whose history is cut has all of its steps', () => {
  assert.deepEqual(rowsOf(sagaWith({ steps: {}, history: [line('started')], step: null })), [])
  const cut = sagaWith({ steps: { a: { status: 'done', attempts: 1 } }, history: [], step: null })
  assert.deepEqual(
    rowsOf(cut).map(({ step }) => step),
    ['a'],
  )
})
