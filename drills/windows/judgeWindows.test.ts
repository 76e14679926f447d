import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeClosing, judgeRebuild } from './judgeWindows.ts'

test('a rebuild that finds nothing to change passes, and each other one is told of', () => {
  const good = { id: '1', requested_at: '', ended_at: '', error: null, corrected: 0, read: 10 }
  assert.deepEqual(judgeRebuild(good, []), [])
  assert.match(String(judgeRebuild({ ...good, error: 'no Kafka' }, [])), /says: no Kafka/)
  assert.match(String(judgeRebuild({ ...good, read: 0 }, [])), /read nothing/)
  assert.match(String(judgeRebuild({ ...good, corrected: 2 }, [])), /2 events otherwise/)
  assert.match(String(judgeRebuild(good, [{ window_start: '12:00', revision: 2 }])), /1 reports .* of 12:00/)
})

test('windows have to close in time, both under load and without', () => {
  const load = { loadBeganAt: 10_000, loadEndedAt: 100_000 }
  const under = { ends_at: 60_000, closed_at: 95_000, events: 5 }
  const after = { ends_at: 360_000, closed_at: 391_000, events: 0 }
  assert.deepEqual(judgeClosing([under, after], load), [])
  assert.match(String(judgeClosing([under, { ...after, closed_at: 396_000 }], load)), /closed after 36\.0 s/)
  assert.deepEqual(judgeClosing([after], load), ['no window was closed under load'])
  assert.deepEqual(judgeClosing([{ ...under, events: 0 }, after], load), ['no window was closed under load'])
  assert.deepEqual(judgeClosing([under], load), ['no window was closed without traffic'])
})
