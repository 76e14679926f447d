import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { waitOf } from './requests.ts'
import { createWaiter } from './waiter.ts'

const hourMs = 3_600_000

/** Values that can be waited for, and how they are looked at. */
function watched() {
  const values = new Map<string, number>()
  const looks = { count: 0, atOnce: 0, most: 0, failing: false }
  const stopping = new AbortController()
  const read = async () => {
    looks.count += 1
    looks.atOnce += 1
    looks.most = Math.max(looks.most, looks.atOnce)
    await new Promise(setImmediate)
    looks.atOnce -= 1
    if (looks.failing) throw new Error('the database is away')
    return new Map(values)
  }
  return { values, looks, stopping, waiter: createWaiter(read, { signal: stopping.signal, pollMs: 1 }) }
}

test('whoever waits goes on when the value is as wished, and not before', async () => {
  const { values, looks, waiter } = watched()
  const done: string[] = []
  const waits = ['a', 'b', 'a'].map((id) =>
    waiter.wait(id, (value) => value >= 2, hourMs).then(() => done.push(id)),
  )
  values.set('a', 1)
  const seen = looks.count
  await eventually(() => looks.count > seen + 3)
  assert.deepEqual(done, [])
  looks.failing = true
  values.set('a', 2)
  const failed = looks.count
  await eventually(() => looks.count > failed + 3)
  assert.deepEqual(done, [], 'trouble of the database is no answer')
  looks.failing = false
  await Promise.all([waits[0], waits[2]])
  assert.deepEqual(done, ['a', 'a'])
  values.set('b', 3)
  await Promise.all(waits)
  assert.equal(looks.most, 1, 'one query looks for all of them')
})

test('a wait ends with its time, and with the process; then nobody looks any more', async () => {
  const { looks, stopping, waiter } = watched()
  await waiter.wait('a', () => false, 0)
  assert.equal(looks.count, 0)
  await waiter.wait('a', () => false, 1)
  const last = waiter.wait('b', () => true, hourMs)
  stopping.abort()
  await last
  await waiter.wait('c', () => true, hourMs)
  const count = looks.count
  const other = watched()
  const busy = other.waiter.wait('x', () => false, hourMs)
  await eventually(() => other.looks.count > 50)
  assert.ok(looks.count <= count + 1)
  other.stopping.abort()
  await busy
})

test('what is preferred is read as RFC 7240 has it, and bounded', () => {
  for (const [prefer, seconds] of [
    ['wait=5', 5],
    ['respond-async, wait=10', 10],
    ['Wait = "7"; x=1', 7],
    ['wait=0', 0],
    ['wait=999999999', 30],
    ['wait=-1', undefined],
    ['wait=5s', undefined],
    ['await=5', undefined],
    ['wait=9999999999', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const)
    assert.equal(waitOf(prefer), seconds, prefer)
})
