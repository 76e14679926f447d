import type { TestContext } from 'node:test'
import { createTestDatabase } from '@relevo/testing'
import pg from 'pg'
import { outboxMigrations } from './index.ts'

/** For tests: an outbox in a new database, dropped with the test. */
export async function outboxHarness(t: TestContext) {
  const database = await createTestDatabase(outboxMigrations.directory)
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  t.after(async () => {
    await pool.end()
    await database.drop()
  })
  return { pool, url: database.url }
}

/** For tests: waits until `count` connections to the pool's database wait for a lock. */
export async function lockWaiters(pool: pg.Pool, count: number): Promise<void> {
  const until = performance.now() + 10_000
  for (;;) {
    const { rows } = await pool.query(
      `select count(*)::integer as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rows[0].waiting >= count) return
    if (performance.now() > until) throw new Error(`${rows[0].waiting} connections wait, not ${count}`)
  }
}
