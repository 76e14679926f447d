import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CursorRow } from '../sql/leases.ts'
import { closeWindow, keepHeld, type Lane, mergeIdle, toLanes } from './lane.ts'

function cursor(shard: number, fields: Partial<CursorRow> = {}): CursorRow {
  const start = { published: '10:20:10', published_seq: '50', target: null, target_seq: null, last_id: '0' }
  return { shard, epoch: '7', ...start, attempts: 0, ...fields }
}

const inWindow = { target: '20:30:', target_seq: '60', last_id: '55' }

const shardsOf = (lanes: readonly Lane[]) => lanes.map((lane) => [...lane.shards.keys()])

test('equal cursors make one lane, others have their own', () => {
  const lanes = toLanes([
    cursor(0),
    cursor(1, { published: '11:20:11' }),
    cursor(2),
    cursor(3, inWindow),
    cursor(4, inWindow),
    cursor(5, { ...inWindow, last_id: '56' }),
    cursor(6, { published_seq: '51' }),
  ])
  assert.deepEqual(shardsOf(lanes), [[0, 2], [1], [3, 4], [5], [6]])
  assert.equal(lanes[0]?.shards.get(2), 7n)
})

test('a stored window is taken up where it was left', () => {
  const [lane] = toLanes([cursor(3, inWindow)])
  assert.equal(lane?.window?.lastId, 55)
  assert.deepEqual(lane?.window?.late, [10n])
  assert.equal(lane?.window?.target.seq, 60)
})

test('idle lanes at the same position merge; those in a window or stalled stay apart', () => {
  const lanes = toLanes([
    cursor(0),
    cursor(1, inWindow),
    cursor(2, { published: '20:30:', published_seq: '60' }),
  ])
  const [first, second, third] = lanes
  assert.ok(first && second && third)
  assert.deepEqual(shardsOf(mergeIdle(lanes)), [[0], [2], [1]])
  closeWindow(second)
  second.unstored = true
  const merged = mergeIdle(lanes)
  assert.deepEqual(shardsOf(merged), [[0], [1, 2]])
  assert.equal(merged[1]?.unstored, true)
  third.stall = { attempts: 1, retryAt: 0, acknowledged: new Set() }
  assert.deepEqual(shardsOf(mergeIdle([third, first])), [[0], [2]])
})

test('shards that are not held any more are dropped, and lanes without any', () => {
  const lanes = toLanes([cursor(0), cursor(1), cursor(2, inWindow)])
  assert.deepEqual(shardsOf(keepHeld(lanes, (shard) => shard === 1)), [[1]])
})
