import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dated, shareReads } from './shareReads.ts'

/** Reads that end when the test says so, under a clock of its own. */
function reading() {
  let time = 0
  const begun: { mustBeNew: boolean; end(value: string, trueAt?: number): void; fail(error: Error): void }[] =
    []
  const shared = shareReads<string>(900, () => time)
  const read = (mustBeNew: boolean) => {
    const { promise, resolve, reject } = Promise.withResolvers<Dated<string>>()
    const beganAt = time
    const end = (value: string, trueAt = beganAt) => resolve({ value, trueAt })
    begun.push({ mustBeNew, end, fail: reject })
    return promise
  }
  const passTo = (later: number) => {
    time = later
  }
  return { begun, ask: () => shared.run('k', read), passTo }
}

const settled = () => new Promise(setImmediate)

test('requests at the same time share one read, and the next one begins another', async () => {
  const { begun, ask } = reading()
  const asked = [ask(), ask(), ask()]
  assert.equal(begun.length, 1)
  begun[0]?.end('a')
  assert.deepEqual(await Promise.all(asked), [
    { value: 'a', isShared: false },
    { value: 'a', isShared: true },
    { value: 'a', isShared: true },
  ])
  const next = ask()
  begun[1]?.end('b')
  assert.deepEqual(await next, { value: 'b', isShared: false })
})

test('who came after a slow read had begun gets one that began later, and shares that', async () => {
  const { begun, ask, passTo } = reading()
  const first = ask()
  passTo(10)
  const late = [ask(), ask()]
  passTo(2_000)
  begun[0]?.end('old')
  assert.deepEqual(await first, { value: 'old', isShared: false })
  await settled()
  assert.deepEqual(
    begun.map(({ mustBeNew }) => mustBeNew),
    [false, true],
  )
  passTo(9_000)
  begun[1]?.end('new')
  assert.deepEqual(await Promise.all(late), [
    { value: 'new', isShared: false },
    { value: 'new', isShared: true },
  ])
})

test('an entry that came too late is not taken, and neither is the next', async () => {
  const { begun, ask, passTo } = reading()
  const asked = ask()
  passTo(100)
  begun[0]?.end('from the cache', -850)
  await settled()
  assert.equal(begun[1]?.mustBeNew, true)
  begun[1]?.end('read')
  assert.deepEqual(await asked, { value: 'read', isShared: false })
})

test('a read that fails fails for all who share it, and for nobody else', async () => {
  const { begun, ask } = reading()
  const asked = Promise.allSettled([ask(), ask()])
  begun[0]?.fail(new Error('no Postgres'))
  for (const { status } of await asked) assert.equal(status, 'rejected')
  const next = ask()
  begun[1]?.end('b')
  assert.equal((await next).value, 'b')
})
