import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres, temporaryDirectory } from '@relevo/embedded'
import { testEachSource } from '../support/eachSource.ts'
import { outboxRun } from '../support/outboxRun.ts'

testEachSource(
  'Postgres is killed under load and started again: what was acknowledged is there and goes out in order',
  async (t, source) => {
    const directory = temporaryDirectory()
    let postgres = await startPostgres({ directory: join(directory, 'postgres') })
    t.after(async () => {
      await postgres.kill()
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
    })
    const run = await outboxRun(t, { source, databaseUrl: postgres.url, relay: { PAGE_ROWS: '20' } })
    const relay = await run.startRelay()
    await run.streams(relay)
    const load = run.write()
    for (let crash = 0; crash < 2; crash++) {
      await load.progress(150)
      await postgres.kill()
      postgres = await startPostgres({ directory: join(directory, 'postgres'), port: postgres.port })
    }
    await load.progress(100)
    const ledger = await load.stop()
    assert.ok(ledger.connectionsLost > 0)
    await run.check(ledger)
    assert.equal(relay.isRunning(), true)
  },
)
