import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createTestDatabase, testServers } from '@relevo/testing'
import { Health } from '../http/health.ts'
import { createLogger } from '../process/logger.ts'
import { createPool } from './createPool.ts'
import { isUnavailable } from './databaseErrors.ts'
import { inTransaction } from './inTransaction.ts'
import { waitForSchema } from './waitForSchema.ts'

const logger = createLogger('test', 'silent')

async function setUp(t: TestContext, options = {}) {
  const database = await createTestDatabase()
  const pool = createPool({ databaseUrl: database.url, name: 'pool-test', size: 2, logger, ...options })
  const admin = createPool({ databaseUrl: database.url, name: 'admin', size: 1, logger })
  t.after(async () => {
    await Promise.all([pool.end(), admin.end()])
    await database.drop()
  })
  return { pool, admin }
}

const killAll = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pool-test'"

test('outlives the loss of connections: idle ones, busy ones and those in a transaction', async (t) => {
  const { pool, admin } = await setUp(t)
  await Promise.all([pool.query('select pg_sleep(0.05)'), pool.query('select pg_sleep(0.05)')])
  assert.equal((await admin.query(killAll)).rowCount, 2)
  assert.equal((await retried(() => pool.query('select 1 as one'))).rows[0].one, 1)

  const busy = pool.query('select pg_sleep(30)').catch((error) => error)
  await backendIs(admin, 'active')
  await admin.query(killAll)
  assert.ok(isUnavailable(await busy))

  const open = inTransaction(pool, async (client) => {
    await client.query('create table lost (id integer)')
    await admin.query(killAll)
    await client.query('select 1')
  })
  await assert.rejects(open, (error) => isUnavailable(error))
  const { rows } = await retried(() => pool.query("select to_regclass('lost') as lost"))
  assert.deepEqual(rows, [{ lost: null }])
})

async function backendIs(admin: ReturnType<typeof createPool>, state: string): Promise<void> {
  const text = "select from pg_stat_activity where application_name = 'pool-test' and state = $1"
  while ((await admin.query(text, [state])).rowCount === 0) await delay(10)
}

/** The first use of a dead connection may fail; then the pool has thrown it away. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  const lost = (error: unknown) => {
    if (!isUnavailable(error)) throw error
    return work()
  }
  return work().catch(lost).catch(lost)
}

test('ends slow statements', async (t) => {
  const { pool, admin } = await setUp(t, { statementTimeoutMs: 50 })
  const error = await pool.query('select pg_sleep(30)').catch((cause) => cause)
  assert.equal(error.code, '57014')
  assert.ok(isUnavailable(error))
  assert.ok(!isUnavailable(await admin.query('select 1 / 0').catch((cause) => cause)))
})

test('waits for a connection only so long', async (t) => {
  const { pool } = await setUp(t, { connectTimeoutMs: 1_000 })
  // On a busy machine a connection may take longer than that to be made; the next try is another one's.
  const taken = [await retried(() => pool.connect()), await retried(() => pool.connect())]
  await assert.rejects(pool.query('select 1'), (error) => isUnavailable(error))
  for (const client of taken) client.release()
})

test('a server that does not admit the service is unavailable, a missing right is a fault', async (t) => {
  const { admin } = await setUp(t)
  const { rows } = await admin.query('select current_database() as name')
  const wrong = async (change: Partial<URL>) => {
    const url = new URL((await testServers()).databaseUrl)
    Object.assign(url, { pathname: `/${rows[0].name}` }, change)
    const pool = createPool({ databaseUrl: url.href, name: 'wrong', size: 1, logger })
    t.after(() => pool.end())
    return pool.query('select 1').catch((error) => error)
  }
  const states = ['28P01', '28P01', '3D000']
  for (const change of [{ password: 'rotated' }, { username: 'nobody' }, { pathname: '/nowhere' }]) {
    const error = await wrong(change)
    assert.equal(error.code, states.shift())
    assert.ok(isUnavailable(error), JSON.stringify(change))
  }
  assert.ok(!isUnavailable(Object.assign(new Error('permission denied'), { code: '42501' })))
})

test('a transaction commits as a whole or not at all', async (t) => {
  const { pool } = await setUp(t)
  await pool.query('create table item (name text unique)')
  const result = await inTransaction(pool, async (client) => {
    await client.query("insert into item values ('a')")
    return 'done'
  })
  assert.equal(result, 'done')
  const fail = inTransaction(pool, async (client) => {
    await client.query("insert into item values ('b')")
    throw new Error('changed my mind')
  })
  await assert.rejects(fail, /changed my mind/)
  const swallow = inTransaction(pool, async (client) => {
    await client.query("insert into item values ('c')")
    await client.query("insert into item values ('a')").catch(() => {})
  })
  await assert.rejects(swallow, { code: 'rolledBack' })
  assert.deepEqual((await pool.query('select name from item')).rows, [{ name: 'a' }])
})

test('a service is not ready until its schema is current', async (t) => {
  const { pool } = await setUp(t)
  const sets = [{ name: 'fixture', directory: new URL('../process/fixtures/migrations/', import.meta.url) }]
  const health = new Health()
  const abort = new AbortController()
  const waiting = waitForSchema({ pool, sets, health, logger, signal: abort.signal })
  while (!(await health.readyProblems()).schema?.includes('fixture 1 (thing)')) await delay(10)
  abort.abort()
  assert.equal(await waiting, false)

  await pool.query('create table relevo_migration (component text, number integer, checksum text)')
  await pool.query(
    "insert into relevo_migration values ('fixture', 1, encode(sha256('create table thing (id integer);\n'), 'hex'))",
  )
  assert.equal(
    await waitForSchema({ pool, sets, health, logger, signal: new AbortController().signal }),
    true,
  )
  assert.deepEqual(await health.readyProblems(), {})
})

test('whatever the database is set to, sessions have the settings that statements depend on', async (t) => {
  const { pool, admin } = await setUp(t)
  const hostile = {
    DateStyle: 'SQL, DMY',
    TimeZone: 'Asia/Kathmandu',
    IntervalStyle: 'sql_standard',
    default_transaction_read_only: 'on',
    default_transaction_isolation: 'serializable',
    lock_timeout: '1ms',
  }
  const { rows } = await admin.query('select current_database() as name')
  for (const [name, value] of Object.entries(hostile))
    await admin.query(
      `alter database ${rows[0].name} set ${name} = ${value === 'SQL, DMY' ? value : `'${value}'`}`,
    )
  const { rows: shown } = await pool.query(
    'select name, setting, source from pg_settings where name = any($1) order by lower(name)',
    [Object.keys(hostile)],
  )
  assert.deepEqual(
    shown.map(({ name, setting, source }) => [name, setting, source]),
    [
      ['DateStyle', 'ISO, MDY', 'client'],
      ['default_transaction_isolation', 'read committed', 'client'],
      ['default_transaction_read_only', 'off', 'client'],
      ['IntervalStyle', 'postgres', 'client'],
      ['lock_timeout', '0', 'client'],
      ['TimeZone', 'UTC', 'client'],
    ],
  )
})
