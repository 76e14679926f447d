import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startPostgres, temporaryDirectory } from '@relevo/embedded'
import { eventually } from '@relevo/testing'
import type pg from 'pg'
import { getUntil } from '../support/http.ts'
import { outboxRun } from '../support/outboxRun.ts'
import { steadily } from '../support/workload.ts'

test("the stream's walsender is killed again and again under load", async (t) => {
  const run = await outboxRun(t, { source: 'wal' })
  const relay = await run.startRelay()
  await run.streams(relay)
  const load = run.write(steadily)
  for (let kill = 0; kill < 4; kill++) {
    await load.progress(50)
    // On a busy machine the stream may have broken by itself: the next one is killed.
    await eventually(async () => (await killWalsender(run.pool)) === 1, 'a walsender to kill')
    await load.progress(50)
    await run.streams(relay)
  }
  await run.check(await load.stop())
})

test('the slot is dropped under load: the gap is read from the table, and a new slot is made', async (t) => {
  const run = await outboxRun(t, { source: 'wal' })
  const relay = await run.startRelay()
  await run.streams(relay)
  const load = run.write(steadily)
  for (let loss = 0; loss < 3; loss++) {
    await load.progress(100)
    await dropSlot(run.pool)
    await load.progress(100)
    await run.streams(relay)
  }
  await run.check(await load.stop())
})

test('relays are switched between the table and the log under load, with a backlog', async (t) => {
  const run = await outboxRun(t, { relay: { PAGE_ROWS: '20' } })
  const load = run.write()
  for (const RELAY_SOURCE of ['wal', 'table', 'wal', 'table']) {
    await load.progress(150)
    const relay = await run.startRelay({ RELAY_SOURCE })
    await run.published(60)
    if (RELAY_SOURCE === 'wal' && (await load.progress(20)) === undefined) await relay.kill()
    else assert.equal(await relay.stop(), 0)
  }
  const last = await run.startRelay({ RELAY_SOURCE: 'wal' })
  await load.progress(100)
  await run.check(await load.stop())
  assert.equal(last.isRunning(), true)
})

test('the slot is lost to the limit on its WAL while the relay is paused: the gap is read from the table', async (t) => {
  const directory = temporaryDirectory()
  const settings = { max_slot_wal_keep_size: '1MB', max_wal_size: '32MB', min_wal_size: '32MB' }
  const postgres = await startPostgres({ directory: join(directory, 'postgres'), settings })
  t.after(async () => {
    await postgres.kill()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const run = await outboxRun(t, { source: 'wal', databaseUrl: postgres.url })
  const relay = await run.startRelay()
  await run.streams(relay)
  const load = run.write(steadily)
  await load.progress(100)
  relay.pause()
  await load.progress(100)
  await run.pool.query('create table unrelated (content text)')
  await eventually(async () => {
    await run.pool.query(`insert into unrelated select repeat('x', 2000) from generate_series(1, 10000)`)
    await run.pool.query('checkpoint')
    const { rows } = await run.pool.query("select 1 from pg_replication_slots where wal_status = 'lost'")
    return rows.length === 1
  }, 'the slot lost')
  relay.resume()
  await load.progress(100)
  await run.streams(relay)
  await load.progress(50)
  await run.check(await load.stop())
})

test('a replica that the stream has to wait for is away: the table is read until it is back', async (t) => {
  const directory = temporaryDirectory()
  const postgres = await startPostgres({ directory: join(directory, 'postgres') })
  t.after(async () => {
    await postgres.kill()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const run = await outboxRun(t, { source: 'wal', databaseUrl: postgres.url })
  // An operator that is late leaves a slot in the setting that is gone.
  await awaitStandby(run.pool, 'absent')
  const relay = await run.startRelay()
  const load = run.write(steadily)
  await load.progress(50)
  await run.published(50)
  await getUntil(`${relay.url}/status`, ({ stream }) =>
    /slot absent, which does not exist/.test(stream.problem ?? ''),
  )
  const { rows } = await run.pool.query('select 1 from pg_replication_slots')
  assert.deepEqual(rows, [], 'no slot that would only keep WAL')
  await awaitStandby(run.pool, '')
  await run.streams(relay)
  await load.progress(50)
  await run.pool.query("select pg_create_physical_replication_slot('absent', true)")
  await awaitStandby(run.pool, 'absent')
  await load.progress(50)
  // What was recorded by now cannot have come by the stream.
  await run.published(200)
  await awaitStandby(run.pool, '')
  await run.streams(relay)
  await load.progress(50)
  await run.check(await load.stop())
})

/** Has Postgres hold streams back for the reader of a physical slot. */
async function awaitStandby(pool: pg.Pool, slot: string): Promise<void> {
  await pool.query(`alter system set synchronized_standby_slots = '${slot}'`)
  await pool.query('select pg_reload_conf()')
}

async function killWalsender(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(
    `select count(pg_terminate_backend(active_pid))::integer as killed from pg_replication_slots
     where database = current_database() and active_pid is not null`,
  )
  return rows[0].killed
}

async function dropSlot(pool: pg.Pool): Promise<void> {
  const drop = async () => {
    await killWalsender(pool)
    const { rows } = await pool.query(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots
       where database = current_database() and active_pid is null`,
    )
    return rows.length === 1
  }
  // It fails while the relay has connected anew.
  await eventually(() => drop().catch(() => false), 'the slot dropped')
}
