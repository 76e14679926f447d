import assert from 'node:assert/strict'
import { testEachSource } from '../support/eachSource.ts'
import { outboxRun } from '../support/outboxRun.ts'
import { seededRandom } from '../support/seededRandom.ts'

testEachSource(
  'the only relay is killed with a page that is sent and not stored, and a backlog to catch up, and started again',
  async (t, source) => {
    const run = await outboxRun(t, { source, relay: { PAGE_ROWS: '10' } })
    const random = seededRandom(run.seed)
    const relay = await run.startRelay()
    await run.streams(relay)
    const load = run.write()
    let before = 0
    for (let kill = 0; kill < 3; kill++) {
      await run.published(random.integer(5, 100))
      await run.pauseInPage(relay, before)
      await relay.kill()
      before = await run.surplus()
      await load.progress(50)
      await relay.start('alive')
      if (kill > 0) await run.streams(relay)
    }
    const { duplicatesDelivered } = await run.check(await load.stop())
    assert.ok(duplicatesDelivered >= 3, 'each page that was in hand is sent again')
  },
)

testEachSource('one of two relays is killed, and the other takes its shards over', async (t, source) => {
  const run = await outboxRun(t, { source })
  const [first, second] = await Promise.all([run.startRelay(), run.startRelay()])
  const load = run.write()
  await load.progress(100)
  await first.kill()
  await run.published(100)
  await first.start()
  await second.kill()
  await run.published(100)
  await run.check(await load.stop())
})
