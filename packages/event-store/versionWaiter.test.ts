import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { append } from './append.ts'
import { listBlocked } from './sql/blockedStreams.ts'
import { subscriptionHarness } from './subscriptionHarness.ts'
import { VersionWaiter } from './versionWaiter.ts'

const happened = { type: 'happened', data: { n: 1 } }
const longMs = 60_000

test('trap 16: a version is waited for by its stream, while an earlier transaction is open', async (t) => {
  const { pool, start, open, effects } = await subscriptionHarness(t)
  const waiter = new VersionWaiter(pool, 'effects')
  const held = await open()
  await append(held, 's-held', 0, [happened])
  start()
  await append(pool, 's-1', 0, [happened, happened])
  assert.equal(await waiter.wait('s-1', 2, longMs), 'applied')
  assert.equal((await effects('s-1')).length, 2, 'what was waited for is there')
  assert.equal(await waiter.wait('s-held', 1, 50), 'absent', 'bounded; younger numbers are applied already')
  const later = waiter.wait('s-held', 1, longMs)
  await held.commit()
  assert.equal(await later, 'applied')
  assert.equal((await effects('s-held')).length, 1)
})

test('many wait at once, for what is not appended yet, and are answered', async (t) => {
  const { pool, start } = await subscriptionHarness(t)
  const waiter = new VersionWaiter(pool, 'effects')
  start({ minPollMs: 60_000, maxPollMs: 60_000 }) // woken by those who wait, not by its own clock
  const waits = Array.from({ length: 30 }, (_, n) => waiter.wait(`s-${n % 3}`, 1 + (n % 4), longMs))
  for (const stream of ['s-0', 's-1', 's-2'])
    await append(pool, stream, 0, [happened, happened, happened, happened])
  assert.deepEqual(new Set(await Promise.all(waits)), new Set(['applied']))
  assert.equal(await waiter.wait('s-0', 0, 0), 'applied')
})

test('without a subscriber the wait ends with what is known; behind an unknown event it ends at once', async (t) => {
  const { pool, start } = await subscriptionHarness(t)
  const waiter = new VersionWaiter(pool, 'effects', { pollMs: 1 })
  await append(pool, 's-1', 0, [happened, { type: 'new', data: 1 }, happened])
  assert.equal(await waiter.wait('s-1', 1, 1_000), 'behind')
  start()
  await eventually(async () => (await listBlocked(pool, 'effects', 1)).length === 1)
  assert.equal(await waiter.wait('s-1', 1, longMs), 'applied')
  for (const version of [2, 3]) assert.equal(await waiter.wait('s-1', version, longMs), 'blocked')
  const stopped = waiter.wait('s-9', 1, longMs)
  waiter.stop()
  assert.equal(await stopped, 'absent')
})

test('a database that is away is told, and the wait stays bounded', async () => {
  const errors: unknown[] = []
  const away = { query: () => Promise.reject(new Error('away')) }
  const waiter = new VersionWaiter(away, 'effects', { onError: (error) => errors.push(error) })
  assert.equal(await waiter.wait('s-1', 1, 150), 'absent')
  assert.ok(errors.length > 0)
})
