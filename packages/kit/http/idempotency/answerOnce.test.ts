import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { eventually, httpClient, silent, testDatabase } from '@relevo/testing'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { ServiceError } from '../../serviceError.ts'
import { createApp } from '../createApp.ts'
import { defineApi, type Endpoints, type Handlers, type RecordThenAnswer } from '../endpoint.ts'
import { problemDetails, spanishErrors } from '../errorStyle.ts'
import { Health } from '../health.ts'
import { startHttpServer } from '../httpServer.ts'
import { idempotencySchema } from './idempotencySchema.ts'
import { removeExpired } from './sql/removeExpired.ts'

const responses = { 201: { description: 'It is there' } }

const endpoints = {
  create: {
    method: 'post',
    path: '/things',
    summary: 'Makes a thing',
    query: z.object({ size: z.string().optional() }),
    body: z.object({ name: z.string() }),
    responses,
  },
  add: {
    method: 'post',
    path: '/things/:id/parts',
    summary: 'Adds a part, from no body at all',
    params: z.object({ id: z.string() }),
    responses,
  },
  order: { method: 'post', path: '/orders', summary: 'Has two steps', responses },
} as const satisfies Endpoints

interface Hooks {
  /** Runs in the transaction, behind the effect. */
  inTransaction?: () => Promise<void>
}

async function serve(t: TestContext, errors = problemDetails) {
  const { pool } = await testDatabase(t, [idempotencySchema.migrations])
  await pool.query('create table thing (id bigint generated always as identity primary key, name text)')
  const hooks: Hooks = {}
  let answered = 0
  const order: RecordThenAnswer<typeof endpoints.order, { id: number }> = {
    record: async (_call, client) => {
      const { rows } = await client.query("insert into thing (name) values ('order') returning id::integer")
      return rows[0]
    },
    answer: async ({ id }) => {
      answered++
      const { rowCount } = await pool.query('select from thing where id = $1', [id])
      return { status: 201, body: { id, isCommitted: rowCount === 1, answered } }
    },
  }
  const insert = 'insert into thing (name) values ($1) returning id::text'
  const handlers: Handlers<typeof endpoints> = {
    create: async ({ body: { name } }, client) => {
      const { rows } = await client.query(insert, [name])
      await hooks.inTransaction?.()
      const body = { id: Number(rows[0].id), price: JSON.rawJSON('120.50'), at: new Date() }
      return { status: 201, headers: { location: `/things/${rows[0].id}` }, body }
    },
    add: async ({ params: { id } }, client) => {
      await client.query(insert, [`part of ${id}`])
      return { status: 204 }
    },
    order,
  }
  const api = defineApi({ title: 'Things', version: '1', errors, endpoints })
  const app = createApp({
    name: 'things',
    logger: silent,
    registry: new Registry(),
    health: new Health(),
    api,
    handlers,
    guard: { host: '127.0.0.1', operatorToken: () => undefined },
    pool,
  })
  const server = await startHttpServer(app, { host: '127.0.0.1', port: 0 })
  t.after(() => server.stop())
  const { ask, post } = httpClient(`http://127.0.0.1:${server.port}`)
  const create = (key: string, body: unknown = { name: 'a' }, path = '/things') =>
    post(path, body, { 'idempotency-key': key })
  const add = (id: string, key: string) =>
    ask(`/things/${id}/parts`, { method: 'POST', headers: { 'idempotency-key': key } })
  const names = async () =>
    (await pool.query('select name from thing order by id')).rows.map((row) => row.name)
  return { ask, post, create, add, names, pool, hooks }
}

test('a repetition gets the first answer to the letter, and has no effect', async (t) => {
  const { ask, post, create, add, names } = await serve(t)
  const key = randomUUID()
  const first = await create(key)
  assert.deepEqual([first.status, first.headers.get('location')], [201, '/things/1'])
  assert.match(first.text, /"price":120\.50,/)
  assert.equal(first.headers.get('idempotent-replayed'), null)
  for (let i = 0; i < 2; i++) {
    const again = await create(key)
    assert.deepEqual([again.status, again.text], [201, first.text])
    for (const name of ['location', 'content-type'])
      assert.equal(again.headers.get(name), first.headers.get(name))
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
  }
  assert.deepEqual(await names(), ['a'])
  assert.equal((await create(randomUUID())).body.id, 2)
  await post('/things', { name: 'b' })
  await post('/things', { name: 'b' })
  assert.deepEqual(await names(), ['a', 'a', 'b', 'b'], 'without a key each has its effect')
  for (let i = 0; i < 2; i++) {
    const added = await add('1', key)
    assert.deepEqual([added.status, added.text], [204, ''], 'another endpoint has keys of its own')
  }
  assert.equal((await names()).length, 5)
  const { paths } = (await ask('/openapi.json')).body
  const { parameters, responses } = paths['/things/{id}/parts'].post
  assert.equal(parameters[1].name, 'idempotency-key')
  assert.deepEqual(Object.keys(responses), ['201', '400', '403', '409', '415', '422', '503'].sort())
})

test('the same key with another request is 422, whatever of it differs', async (t) => {
  for (const [style, reason] of [
    [problemDetails, /Use a new key/],
    [spanishErrors, /Use una clave nueva/],
  ] as const) {
    const { create, add, names } = await serve(t, style)
    await create('k')
    await add('1', 'k')
    const others = [
      create('k', { name: 'b' }),
      create('k', '{"name": "a"}'),
      create('k', { name: 'a' }, '/things?size=2'),
    ]
    for (const { status, text } of await Promise.all([...others, add('2', 'k')])) {
      assert.equal(status, 422)
      assert.match(text, reason)
    }
    assert.deepEqual(await names(), ['a', 'part of 1'])
    assert.equal((await create('k')).status, 201)
  }
})

test('of twenty at once one takes effect, though the first is killed in the middle', async (t) => {
  const { create, names, pool, hooks } = await serve(t)
  const killed = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  let attempts = 0
  hooks.inTransaction = async () => {
    attempts++
    if (attempts > 1) return
    entered.resolve()
    await killed.promise
  }
  const untilDone = async () => {
    for (;;) {
      const answer = await create('k')
      if (answer.status !== 409) return answer
    }
  }
  const first = create('k')
  await entered.promise
  const others = Array.from({ length: 19 }, untilDone)
  await eventually(async () => {
    const { rowCount } = await pool.query(
      "select from pg_stat_activity where query like '%idempotency.claim%' and wait_event_type = 'Lock'",
    )
    return (rowCount ?? 0) > 0
  }, 'others wait for the first')
  const { rowCount } = await pool.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction' and query like 'insert into thing%'`)
  assert.equal(rowCount, 1, 'the one that is killed is the first')
  killed.resolve()
  assert.equal((await first).status, 503)
  const answers = await Promise.all(others)
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
  assert.equal(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null).length, 1)
  assert.deepEqual([attempts, await names()], [2, ['a']])
})

test('while the first is under way, a repetition waits for a while and is then told to come again', async (t) => {
  const { create, names, pool, hooks } = await serve(t)
  await pool.query("alter function idempotency.claim set lock_timeout = '20ms'")
  const entered = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  hooks.inTransaction = () => {
    entered.resolve()
    return go.promise
  }
  const first = create('k')
  await entered.promise
  const second = await create('k')
  assert.deepEqual(
    [second.status, second.headers.get('retry-after'), second.body.code],
    [409, '1', 'keyInUse'],
  )
  go.resolve()
  assert.equal((await create('k')).text, (await first).text)
  assert.deepEqual(await names(), ['a'])
})

test('what failed is not stored, and tried again by a repetition', async (t) => {
  const { create, names, pool, hooks } = await serve(t)
  const failures: [unknown, number][] = [
    [new ServiceError('conflict', 'Not now.'), 409],
    [new ServiceError('notFound', 'Not here.'), 404],
    [new Error('a fault'), 500],
  ]
  for (const [error, status] of failures) {
    hooks.inTransaction = () => Promise.reject(error)
    assert.equal((await create('k')).status, status)
  }
  hooks.inTransaction = async () => {}
  assert.equal((await create('k', { name: 1 })).status, 400, 'nor is what was no valid request')
  assert.equal((await pool.query('select from idempotency.outcome')).rowCount, 0)
  assert.deepEqual(await names(), [])
  assert.equal((await create('k', { name: 'b' })).status, 201)
  assert.deepEqual(await names(), ['b'])
})

test('a key is new again when it has expired, and expired ones are removed step by step', async (t) => {
  const { create, names, pool } = await serve(t)
  const first = await create('k')
  const { rows } = await pool.query(
    "select expires_at - clock_timestamp() between '23 hours' and '24 hours' as is_a_day from idempotency.outcome",
  )
  assert.deepEqual(rows, [{ is_a_day: true }])
  const expire = () => pool.query('update idempotency.outcome set expires_at = clock_timestamp()')
  await expire()
  const second = await create('k', { name: 'b' })
  assert.deepEqual([second.status, second.headers.get('idempotent-replayed')], [201, null])
  assert.notEqual(second.text, first.text)
  assert.equal((await create('k', { name: 'b' })).text, second.text)
  assert.deepEqual(await names(), ['a', 'b'])

  for (const key of ['1', '2', '3', '4']) await create(key)
  await expire()
  await create('5')
  assert.deepEqual(
    [await removeExpired(pool, 3), await removeExpired(pool, 3), await removeExpired(pool, 3)],
    [3, 2, 0],
  )
  assert.equal((await create('5')).headers.get('idempotent-replayed'), 'true')
})

test('a key is 1 to 255 printable ASCII characters, and every one of them counts', async (t) => {
  const { create, names } = await serve(t)
  const good = ['"k"', "k'; drop table thing --", 'k\\', '%00', 'K', 'a,b', 'a b', '~'.repeat(255), '0']
  for (const key of good) {
    assert.equal((await create(key)).headers.get('idempotent-replayed'), null, key)
    assert.equal((await create(key)).headers.get('idempotent-replayed'), 'true', key)
  }
  assert.equal((await names()).length, good.length)
  for (const key of ['', '~'.repeat(256), 'clé', 'a\tb', '\u00ff', '\u0080']) {
    const { status, body } = await create(key)
    assert.equal(status, 400, JSON.stringify(key))
    assert.equal(body.detail, 'The header "idempotency-key" must be 1 to 255 printable ASCII characters.')
  }
  const spanish = await serve(t, spanishErrors)
  assert.match((await spanish.create('')).body.error, /entre 1 y 255 caracteres ASCII imprimibles/)
  assert.equal((await names()).length, good.length)
})

test('what is done after the commit is done for a repetition too', async (t) => {
  const { post, names } = await serve(t)
  const order = (headers: Record<string, string>) => post('/orders', undefined, headers)
  const key = { 'idempotency-key': 'k' }
  assert.deepEqual((await order(key)).body, { id: 1, isCommitted: true, answered: 1 })
  assert.deepEqual((await order(key)).body, { id: 1, isCommitted: true, answered: 2 })
  assert.deepEqual((await order({})).body, { id: 2, isCommitted: true, answered: 3 })
  assert.equal((await names()).length, 2)
})
