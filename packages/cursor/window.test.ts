import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSnapshot } from './snapshot.ts'
import { isDue, openWindow, positionOf } from './window.ts'

// Of a probe that found the sequence at 50.
const published = { snapshot: parseSnapshot('10:20:10,14'), seq: 18 }

function probe(snapshot: string, seq: number) {
  return { snapshot: parseSnapshot(snapshot), seq, seqBefore: 45 }
}

test('nothing is due while the sequence stands and who was in progress still is', () => {
  assert.equal(isDue(published, probe('10:20:10,14', 50)), false)
  assert.equal(isDue(published, probe('10:25:10,14,22', 50)), false)
})

test('a drawn id is due, and so is the end of a transaction that was in progress', () => {
  assert.equal(isDue(published, probe('10:20:10,14', 51)), true)
  assert.equal(isDue(published, probe('14:20:14', 50)), true)
})

test('the late transactions of a window are those that ended since', () => {
  const target = { snapshot: parseSnapshot('14:30:14,25'), seq: 60 }
  assert.deepEqual(openWindow(published, target), { target, late: [10n], lastId: 0 })
  assert.deepEqual(openWindow(published, target, 55), { target, late: [10n], lastId: 55 })
})

test('the sequence of a position is from before its snapshot, less what Postgres may have logged ahead', () => {
  assert.equal(positionOf(probe('10:20:', 50)).seq, 13)
})
