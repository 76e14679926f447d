import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outboxRun } from '../support/outboxRun.ts'
import { seededRandom } from '../support/seededRandom.ts'

test('the only relay is killed at random points and started again', async (t) => {
  const run = await outboxRun(t, { relay: { PAGE_ROWS: '20' } })
  const random = seededRandom(run.seed)
  const relay = await run.startRelay()
  const load = run.write()
  for (let kill = 0; kill < 5; kill++) {
    await load.progress(random.integer(20, 150))
    await relay.kill()
    await relay.start('alive')
  }
  await load.progress(50)
  await run.check(await load.stop())
})

test('one of two relays is killed, and the other takes its shards over', async (t) => {
  const run = await outboxRun(t)
  const [first, second] = [await run.startRelay(), await run.startRelay()]
  const load = run.write()
  await load.progress(100)
  for (const relay of [first, second, first]) {
    await relay.kill()
    await load.progress(150)
    assert.equal(relay.isRunning(), false)
    await relay.start()
  }
  await run.check(await load.stop())
})
