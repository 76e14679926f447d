import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createTestDatabase } from '@relevo/testing'
import type pg from 'pg'
import { createLogger } from '../process/logger.ts'
import { createPool } from './createPool.ts'
import { inTransaction } from './inTransaction.ts'

const logger = createLogger('test', 'silent')

async function setUp(t: TestContext, options = {}): Promise<pg.Pool> {
  const database = await createTestDatabase()
  const pool = createPool({ databaseUrl: database.url, name: 'prepare-test', size: 1, logger, ...options })
  t.after(async () => {
    await pool.end()
    await database.drop()
  })
  return pool
}

const countPrepared =
  'select name, statement, calls from pg_prepared_statements cross join lateral (select generic_plans + custom_plans as calls) c'

async function prepared(pool: pg.Pool, text: string): Promise<number | undefined> {
  const { rows } = await pool.query(countPrepared)
  const found = rows.find(({ statement }) => statement === text)
  return found && Number(found.calls)
}

for (const pipeline of [false, true]) {
  test(`a statement with parameters is prepared once a connection, ${pipeline ? 'pipelined' : 'one by one'}`, async (t) => {
    const pool = await setUp(t, { pipeline })
    const text = `select $1::integer + 1 as next -- ${randomUUID()}`
    const client = await pool.connect()
    const send = (n: number) => client.query(text, [n])
    const answers = pipeline
      ? await Promise.all([1, 2, 3].map(send))
      : [await send(1), await send(2), await send(3)]
    assert.deepEqual(
      answers.map(({ rows }) => rows[0].next),
      [2, 3, 4],
    )
    client.release()
    assert.deepEqual((await pool.query({ text, values: [4] })).rows, [{ next: 5 }])
    assert.equal(await prepared(pool, text), 4)
  })
}

/** What a socket hands to the system by: several buffers at once, or one. */
interface Sending {
  _writev(): void
  _write(): void
}

test('what is sent in one turn goes in one system call on a pipelined connection', async (t) => {
  const pool = await setUp(t, { pipeline: true })
  const client = (await pool.connect()) as pg.PoolClient & { connection: { stream: Sending } }
  const { stream } = client.connection
  const sent = t.mock.method(stream, '_writev')
  const single = t.mock.method(stream, '_write')
  await Promise.all([1, 2, 3].map((n) => client.query('select $1::integer', [n])))
  client.release()
  assert.deepEqual([sent.mock.callCount(), single.mock.callCount()], [1, 0])
})

test('a statement keeps the name that it has, and one without parameters is not prepared', async (t) => {
  const pool = await setUp(t)
  const text = `select $1::text as own -- ${randomUUID()}`
  await pool.query({ name: 'of_its_own', text, values: ['x'] })
  const names = (await pool.query(countPrepared)).rows.map(({ name }) => name)
  assert.deepEqual(names, ['of_its_own'])
})

test('an error of a prepared statement is that of the statement, and the next one is well', async (t) => {
  const pool = await setUp(t)
  const text = `select 1 / $1::integer as share -- ${randomUUID()}`
  await assert.rejects(pool.query(text, [0]), { code: '22012' })
  assert.deepEqual((await pool.query(text, [1])).rows, [{ share: 1 }])
  await assert.rejects(pool.query(`select nothing($1) -- ${randomUUID()}`, [0]), { code: '42883' })
  assert.deepEqual((await pool.query(text, [1])).rows, [{ share: 1 }])
})

test('statements that a pooler has lost, or brings along from elsewhere, fail once: the connection goes on without', async (t) => {
  const pool = await setUp(t)
  const text = `select $1::integer as one -- ${randomUUID()}`
  const client = await pool.connect() // which a pool would throw away after an error of its own `query`
  const ask = async () => (await client.query(text, [1])).rows
  assert.deepEqual(await ask(), [{ one: 1 }])
  await client.query('deallocate all')
  await assert.rejects(ask(), { code: '26000' })
  for (let n = 0; n < 3; n++) assert.deepEqual(await ask(), [{ one: 1 }])
  client.release()
  assert.equal(await prepared(pool, text), undefined)
})

test('a migration that changes the columns of a result fails one transaction of a connection', async (t) => {
  const pool = await setUp(t)
  await pool.query('create table thing (id integer)')
  const read = () => inTransaction(pool, (client) => client.query('select * from thing where id = $1', [1]))
  await read()
  await pool.query('alter table thing add column name text')
  await pool.query('insert into thing values (1, $1)', ['a'])
  await assert.rejects(read(), { code: '0A000' })
  assert.deepEqual((await read()).rows, [{ id: 1, name: 'a' }])
})
