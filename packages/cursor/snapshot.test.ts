import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endedBetween, fullXid, isVisible, nameRunning, parseSnapshot, type Snapshot } from './snapshot.ts'

test('a snapshot is read as Postgres writes it', () => {
  const snapshot = parseSnapshot('10:20:10,14')
  assert.deepEqual(snapshot, { text: '10:20:10,14', xmin: 10n, xmax: 20n, inProgress: new Set([10n, 14n]) })
  assert.deepEqual(parseSnapshot('3:3:').inProgress, new Set())
})

test('what is not a snapshot is refused', () => {
  for (const text of ['', '10', '10:20', '::', 'a:b:', '10:20:x'])
    assert.throws(
      () => parseSnapshot(text),
      (error) => error instanceof TypeError || error instanceof SyntaxError,
    )
})

test('a transaction is visible when it had ended', () => {
  const snapshot = parseSnapshot('10:20:10,14')
  const visible = [9n, 10n, 11n, 14n, 19n, 20n, 21n].filter((xid) => isVisible(xid, snapshot))
  assert.deepEqual(visible, [9n, 11n, 19n])
})

/** Xids from 100 on; which of those up to `begun` have ended at the earlier and at the later moment. */
const histories = fc
  .array(fc.constantFrom('before', 'between', 'running'), { maxLength: 12 })
  .map((fates) => fates.map((fate, index) => ({ xid: 100n + BigInt(index), fate })))

/** As Postgres takes it: it ends behind the youngest transaction that has ended. */
function snapshotOf(all: bigint[], ended: bigint[]): Snapshot {
  const xmax = (ended.at(-1) ?? 99n) + 1n
  const running = all.filter((xid) => xid < xmax && !ended.includes(xid))
  return parseSnapshot(`${running[0] ?? xmax}:${xmax}:${running.join()}`)
}

test('of all transactions that had begun, just those that ended in between are named', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const all = history.map(({ xid }) => xid)
      const ended = (fates: string[]) =>
        history.filter(({ fate }) => fates.includes(fate)).map(({ xid }) => xid)
      const nextXid = 100n + BigInt(all.length)
      const earlier = nameRunning(snapshotOf(all, ended(['before'])), nextXid)
      const later = nameRunning(snapshotOf(all, ended(['before', 'between'])), nextXid)
      assert.deepEqual(endedBetween(earlier, later), ended(['between']))
      for (const xid of all) {
        assert.equal(isVisible(xid, earlier), ended(['before']).includes(xid))
        assert.equal(earlier.inProgress.has(xid), !ended(['before']).includes(xid))
      }
      assert.deepEqual(parseSnapshot(earlier.text), earlier)
    }),
  )
})

test('the low half of an xid is completed to the nearest one above', () => {
  assert.equal(fullXid(105, 100n), 105n)
  assert.equal(fullXid(100, 100n), 100n)
  const epoch = 1n << 32n
  assert.equal(fullXid(105, 3n * epoch + 100n), 3n * epoch + 105n)
  assert.equal(fullXid(3, epoch - 2n), epoch + 3n)
  assert.equal(fullXid(-2_000_000_000, 2_294_967_290n), 2_294_967_296n, 'age() is a signed number')
})
