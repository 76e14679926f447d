import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startPostgres, temporaryDirectory } from '@relevo/embedded'
import { AcknowledgementWatcher, enqueue, outboxMigrations } from '@relevo/outbox'
import { afterTest, testPostgresSettings } from '@relevo/testing'
import pg from 'pg'
import { commandQuarantine } from './index.ts'

async function migrate(pool: pg.Pool): Promise<void> {
  const { directory } = outboxMigrations
  for (const file of (await readdir(directory)).sort())
    await pool.query(await readFile(new URL(file, directory), 'utf8'))
}

/** As a relay that sleeps. */
async function markAsleep(t: TestContext, pool: pg.Pool): Promise<void> {
  const relay = await pool.connect()
  afterTest(t, () => relay.release(true))
  await relay.query('listen outbox_wake')
  await relay.query('select pg_advisory_lock(1919247998, shard) from generate_series(0, 15) shard')
}

test('where transactions may be prepared, recording an event keeps none from it', async (t) => {
  const settings = { ...testPostgresSettings, max_prepared_transactions: '1' }
  const postgres = await startPostgres({ directory: join(temporaryDirectory(), 'postgres'), settings })
  const pool = new pg.Pool({ connectionString: postgres.url, max: 2 })
  pool.on('error', () => {})
  afterTest(t, async () => {
    await pool.end()
    await postgres.stop()
  })
  await migrate(pool)
  await markAsleep(t, pool)
  const client = await pool.connect()
  await client.query('begin')
  await enqueue(client, [{ topic: 't', key: 'k', type: 'y', payload: 1 }])
  await client.query(`prepare transaction 'one'`)
  await client.query(`commit prepared 'one'`)
  client.release()
})

test('while the NOTIFY queue is full, events are recorded and acknowledged, and commands given', async (t) => {
  const settings = { ...testPostgresSettings, max_notify_queue_pages: '64' }
  const postgres = await startPostgres({ directory: join(temporaryDirectory(), 'postgres'), settings })
  const pool = new pg.Pool({ connectionString: postgres.url })
  pool.on('error', () => {})
  afterTest(t, async () => {
    await pool.end()
    await postgres.stop()
  })
  await migrate(pool)
  // A listener in a transaction keeps the queue from being cleaned.
  const listener = await pool.connect()
  afterTest(t, () => listener.release(true))
  await listener.query('listen outbox_wake')
  await listener.query('begin')
  await listener.query('select 1')
  const full = { code: '54000' }
  const fill = () =>
    pool.query("select pg_notify('other', i || repeat('x', 7900)) from generate_series(1, 20) i")
  await assert.rejects(async () => {
    for (let i = 0; i < 20; i++) await fill()
  }, full)
  await assert.rejects(
    pool.query("select pg_notify('other', repeat('x', 7900)) from generate_series(1, 5)"),
    full,
  )

  await markAsleep(t, pool)
  const errors: unknown[] = []
  const watcher = new AcknowledgementWatcher(pool, { onError: (error) => errors.push(error) })
  const [event] = await enqueue(pool, [{ topic: 't', key: 'k', type: 'y', payload: 1 }])
  assert.ok(event)
  const waiting = watcher.wait(event, 10_000)
  await pool.query('update outbox.stored_cursor set published = pg_current_snapshot()')
  assert.equal(await waiting, 'E')

  await pool.query(`insert into outbox.quarantine (shard, key, scope, topic, state, attempts, error_code, error)
    values (outbox.key_bucket('k') % outbox.shards(), 'k', 'record', 't', 'quarantined', 1, 'c', 'e')`)
  assert.equal((await commandQuarantine(pool, { key: 'k' }, 'redrive')).length, 1)
  const { rows } = await pool.query('select command from outbox.quarantine')
  assert.deepEqual(rows, [{ command: 'redrive' }])
})
