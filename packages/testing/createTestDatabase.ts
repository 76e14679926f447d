import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { databaseTemplate, type TestMigrations } from './databaseTemplate.ts'
import { testServers } from './testServers.ts'

export interface TestDatabase {
  url: string
  /** Ends every connection to the database and removes it. */
  drop(): Promise<void>
}

/**
 * Creates a randomly named database on the Postgres of `testServers()`; the caller drops it.
 * @param migrations what it holds already; without them it is empty.
 */
export async function createTestDatabase(migrations?: TestMigrations): Promise<TestDatabase> {
  const { databaseUrl } = await testServers()
  const name = `test_${randomBytes(8).toString('hex')}`
  const template = migrations ? ` template ${await databaseTemplate(databaseUrl, migrations)}` : ''
  await execute(databaseUrl, `create database ${name}${template}`)
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  const drop = async () => {
    await execute(databaseUrl, freeSlots(name))
    await execute(databaseUrl, awaitSessions(name))
    await execute(databaseUrl, `drop database if exists ${name} with (force)`)
  }
  return { url: url.href, drop }
}

/** Ends those who read from a replication slot of the database, or are making one, and waits up to 5 s for it. */
const freeSlots = (name: string) => `
do $$ begin
  for i in 1..100 loop
    perform pg_terminate_backend(active_pid) from pg_replication_slots where database = '${name}' and active_pid > 0;
    exit when not found;
    perform pg_sleep(0.05);
  end loop;
end $$`

/**
 * Waits up to 1 s for sessions that are ending. A pool that was told to end resolves before Postgres has its word: one
 * whose session is then terminated emits an error that nobody listens to, which ends the test's process.
 */
const awaitSessions = (name: string) => `
do $$ begin
  for i in 1..50 loop
    perform pg_stat_clear_snapshot();
    exit when not exists (select from pg_stat_activity where datname = '${name}' and backend_type = 'client backend');
    perform pg_sleep(0.02);
  end loop;
end $$`

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
