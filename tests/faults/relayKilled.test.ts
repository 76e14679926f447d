import { testEachSource } from '../support/eachSource.ts'
import { outboxRun } from '../support/outboxRun.ts'
import { seededRandom } from '../support/seededRandom.ts'

testEachSource(
  'the only relay is killed at random points, with a backlog to catch up, and started again',
  async (t, source) => {
    const run = await outboxRun(t, { source, relay: { PAGE_ROWS: '10' } })
    const random = seededRandom(run.seed)
    const relay = await run.startRelay()
    await run.streams(relay)
    const load = run.write()
    for (let kill = 0; kill < 3; kill++) {
      await run.published(random.integer(5, 100))
      await relay.kill()
      await load.progress(50)
      await relay.start('alive')
      if (kill > 0) await run.streams(relay)
    }
    await run.check(await load.stop())
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
