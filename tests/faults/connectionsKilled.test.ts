import assert from 'node:assert/strict'
import { testEachSource } from '../support/eachSource.ts'
import { outboxRun } from '../support/outboxRun.ts'

testEachSource(
  "the database's connections are cut again and again, the relay's and the writers'",
  async (t, source) => {
    const run = await outboxRun(t, { source, relay: { PAGE_ROWS: '20' } })
    const relay = await run.startRelay()
    await run.streams(relay)
    const load = run.write()
    let cut = 0
    for (let round = 0; round < 8; round++) {
      await load.progress(40)
      const { rows } = await run.pool.query(
        `select count(pg_terminate_backend(pid))::integer as cut from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and ($1 or application_name like 'relevo relay%')`,
        [round % 2 === 0],
      )
      cut += rows[0].cut
    }
    await load.progress(40)
    const ledger = await load.stop()
    console.log(`  connections cut ${cut}, transactions lost with theirs ${ledger.connectionsLost}`)
    assert.ok(cut >= 16 && ledger.connectionsLost > 0)
    await run.check(ledger)
    assert.equal(relay.isRunning(), true)
  },
)
