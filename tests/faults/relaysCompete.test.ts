import { testEachSource } from '../support/eachSource.ts'
import { holdsShards, outboxRun } from '../support/outboxRun.ts'
import { seededRandom } from '../support/seededRandom.ts'

testEachSource(
  'relays are paused beyond their leases in the middle of a backlog, and resumed while another is at it',
  async (t, source) => {
    const run = await outboxRun(t, { source, relay: { LEASE_MS: '1000', PAGE_ROWS: '10' } })
    const random = seededRandom(run.seed)
    const load = run.write()
    await load.progress(300)
    const paused = []
    for (let i = 0; i < 2; i++) {
      const before = await run.surplus()
      const relay = await run.startRelay()
      await run.published(random.integer(10, 60))
      await run.pauseInPage(relay, before)
      paused.push(relay)
    }
    const last = await run.startRelay()
    await holdsShards(last)
    await run.published(20)
    // Each goes on where it stopped: with a page in hand that is no longer its own to send.
    for (const relay of paused) relay.resume()
    await load.progress(50)
    await last.kill()
    await run.check(await load.stop())
  },
)
