import { test } from 'node:test'
import { holdsShards, outboxRun } from '../support/outboxRun.ts'

test('relays come and go, and one is paused beyond its lease while it publishes', async (t) => {
  const run = await outboxRun(t, { relay: { LEASE_MS: '1000', PAGE_ROWS: '20' } })
  const first = await run.startRelay()
  const load = run.write()
  await load.progress(50)
  const second = await run.startRelay()
  const third = await run.startRelay()
  for (let round = 0; round < 3; round++) {
    await load.progress(100)
    first.pause()
    second.pause()
    await holdsShards(third)
    await load.progress(50)
    // Now both believe for a moment that they still have their shards.
    first.resume()
    second.resume()
  }
  await load.progress(100)
  await third.kill()
  await run.check(await load.stop())
})
