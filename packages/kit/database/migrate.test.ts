import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { afterTest, createTestDatabase, eventually } from '@relevo/testing'
import pg from 'pg'
import { Health } from '../http/health.ts'
import { createLogger } from '../process/logger.ts'
import { grantRights, grantTablesToApp } from './grantRights.ts'
import { migrate } from './migrate.ts'
import { pendingMigrations } from './pendingMigrations.ts'
import { waitForSchema } from './waitForSchema.ts'

const logger = createLogger('test', 'silent')

async function setUp(t: TestContext, files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'relevo-migrations-'))
  const database = await createTestDatabase()
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  const url = database.url
  afterTest(t, async () => {
    await pool.end()
    await database.drop()
    await rm(folder, { recursive: true })
  })
  const write = (name: string, sql: string) => writeFile(join(folder, name), sql)
  for (const [name, sql] of Object.entries(files)) await write(name, sql)
  const sets = [{ name: 'shop', directory: pathToFileURL(`${folder}/`) }]
  const run = (options = {}) => migrate(database.url, sets, logger, options)
  return { pool, url, sets, write, run }
}

test('applies what is missing once, in order, and tells what is pending', async (t) => {
  const { pool, sets, write, run } = await setUp(t, {
    '0002_fill.sql': "insert into item values ('a'); insert into item values ('b')",
    '0001_item.sql': 'create table item (name text)',
  })
  const names = async () => (await pendingMigrations(pool, sets)).map((migration) => migration.name)
  assert.deepEqual(await names(), ['item', 'fill'])
  assert.deepEqual(
    (await run()).map(({ component, number }) => [component, number]),
    [
      ['shop', 1],
      ['shop', 2],
    ],
  )
  assert.deepEqual(await run(), [])
  await write('0003_more.sql', "insert into item values ('c')")
  assert.deepEqual(await names(), ['more'])
  assert.equal((await run()).length, 1)
  assert.equal((await pool.query('select * from item')).rowCount, 3)
})

test('undoes the whole of a failing migration and keeps those before it', async (t) => {
  const { pool, run } = await setUp(t, {
    '0001_item.sql': 'create table item (name text)',
    '0002_broken.sql': 'create table half (name text); select 1 / 0',
  })
  await assert.rejects(run(), { code: 'migrationFailed', message: /shop 2 \(broken\).*division by zero/ })
  const { rows } = await pool.query("select to_regclass('item') as item, to_regclass('half') as half")
  assert.deepEqual(rows, [{ item: 'item', half: null }])
})

test('refuses a changed file, a late low number, a double number and a bad name', async (t) => {
  const { pool, sets, write, run } = await setUp(t, { '0002_item.sql': 'create table item (name text)' })
  await run()
  await write('0002_item.sql', 'create table item (name text)\r\n')
  await assert.rejects(pendingMigrations(pool, sets), { code: 'migrationChanged' })
  await write('0002_item.sql', 'create table item (name text)')
  await write('0001_early.sql', 'select 1')
  await assert.rejects(run(), { code: 'migrationInvalid', message: /early.*above the last/ })
  await write('0002_again.sql', 'select 1')
  await assert.rejects(run(), { code: 'migrationInvalid', message: /number 2/ })
  await write('notes.txt', '')
  await assert.rejects(run(), { code: 'migrationInvalid', message: /notes\.txt/ })
})

test('many at once apply each migration once; without a transaction where the file says so', async (t) => {
  const { pool, run } = await setUp(t, {
    '0001_item.sql': 'create table item (name text); select pg_sleep(0.1)',
    '0002_index.sql':
      '-- relevo:no-transaction\ncreate index concurrently if not exists item_name on item (name)',
  })
  const applied = await Promise.all([run(), run(), run(), run()])
  assert.deepEqual(applied.map((list) => list.length).sort(), [0, 0, 0, 2])
  assert.equal((await pool.query('select * from relevo_migration')).rowCount, 2)
})

test('gives up when another migration does not end', async (t) => {
  const { pool, run } = await setUp(t, { '0001_item.sql': 'create table item (name text)' })
  const client = await pool.connect()
  await client.query('select pg_advisory_lock(1919248000, 0)')
  await assert.rejects(run({ lockTimeoutMs: 150 }), { code: 'migrationLocked' })
  client.release(true)
  assert.equal((await run()).length, 1)
})

test('waits for a server that is not there, but not for ever', async () => {
  const options = { connectTimeoutMs: 600 }
  await assert.rejects(migrate('postgres://nobody@127.0.0.1:1/none', [], logger, options), {
    code: 'ECONNREFUSED',
  })
})

test('waits for a database that is still to be made', async (t) => {
  const { pool } = await setUp(t, {})
  const { rows } = await pool.query('select current_database() as name')
  const name = `${rows[0].name}_later`
  const url = new URL(String(pool.options.connectionString))
  url.pathname = `/${name}`
  // It is made when the migration has met its absence.
  let making: Promise<unknown> | undefined
  const warn = () => {
    making ??= pool.query(`create database ${name}`)
  }
  const logger = Object.assign(createLogger('test', 'silent'), { warn })
  assert.deepEqual(await migrate(url.href, [], logger), [])
  assert.ok(making)
  await pool.query(`drop database ${name}`)
})

test('a service waits until its role has its rights, too', async (t) => {
  const { pool, url, sets, run } = await setUp(t, { '0001_a.sql': 'create table a (n integer)' })
  const role = `app_${randomUUID().replaceAll('-', '')}`
  await pool.query(`create role ${role} login password 'x'`)
  const appUrl = Object.assign(new URL(url), { username: role, password: 'x' }).href
  const app = new pg.Pool({ connectionString: appUrl })
  afterTest(t, async () => {
    await app.end()
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  })
  await run()
  const problems: string[] = []
  const warn = ({ problem }: { readonly problem: string }) => void problems.push(problem)
  const parts = { pool: app, sets, health: new Health(), signal: new AbortController().signal }
  const ready = waitForSchema({ ...parts, logger: Object.assign(createLogger('test', 'silent'), { warn }) })
  await eventually(() => problems.length > 0)
  assert.match(problems[0] ?? '', /is to grant the rights: permission denied for table relevo_migration/)
  await grantRights(url, { app: role }, { app: [grantTablesToApp], relay: [] }, logger)
  assert.equal(await ready, true)
  await app.query('insert into a values (1)')
})
