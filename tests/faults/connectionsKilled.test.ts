import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outboxRun } from '../support/outboxRun.ts'

test("the database's connections are cut again and again, the relay's and the writers'", async (t) => {
  const run = await outboxRun(t, { relay: { PAGE_ROWS: '20' } })
  const relay = await run.startRelay()
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
})
