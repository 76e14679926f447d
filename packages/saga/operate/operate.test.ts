import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { sagaHarness } from '../sagaHarness.ts'
import { listSagas } from '../sql/findSagas.ts'
import { readSaga } from '../sql/readSaga.ts'
import { askSagas } from './askSagas.ts'

const note = 'the airline is back'

test('sagas are listed by name, state, step, age and stuck, in pages, and shown whole', async (t) => {
  const h = await sagaHarness(t)
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.push((await h.start({ traveller: `t${n}` }, `trip-${n}`)).id)
  const [ended, hotel, stuck] = ids as [string, string, string]
  await h.reply(ended, 'flight', 'FLIGHT_FULL')
  await h.reply(hotel, 'flight', 'FLIGHT_BOOKED')
  await h.reply(stuck, 'flight', 'FLIGHT_BOOKED')
  await h.cancel(stuck)
  for (let tries = 0; tries < 5; tries++) await h.timeOut(stuck)
  const listed = async (...args: Parameters<typeof listSagas> extends [unknown, ...infer R] ? R : never) =>
    (await listSagas(h.pool, ...args)).sagas.map(({ id }) => ids.indexOf(id))
  assert.deepEqual(await listed(), [4, 3, 2, 1, 0])
  assert.deepEqual(await listed({ name: 'trip', status: 'compensated' }), [0])
  assert.deepEqual(await listed({ name: 'other' }), [])
  assert.deepEqual(await listed({ step: 'hotel' }), [2, 1])
  assert.deepEqual(await listed({ stuck: true }), [2])
  assert.deepEqual(await listed({ status: 'running', step: 'flight' }), [4, 3])
  assert.deepEqual(await listed({ key: 'trip-1' }), [1])
  assert.deepEqual(await listed({ olderThanSeconds: 3_600 }), [])
  const first = await listSagas(h.pool, {}, { limit: 2 })
  assert.deepEqual(await listed({}, { limit: 2, cursor: first.nextCursor }), [2, 1])
  assert.equal((await listSagas(h.pool, {}, { limit: 5 })).nextCursor, undefined)

  const whole = await readSaga(h.pool, stuck)
  assert.equal(whole?.status, 'compensating')
  assert.deepEqual([whole.step, whole.undo, whole.attempt], ['hotel', true, 7])
  assert.match(String(whole.stuckSince), /^\d{4}-\d\d-\d\dT.*Z$/)
  assert.equal(whole.steps.flight?.status, 'done')
  assert.deepEqual(whole.history.at(-1)?.kind, 'stuck')
  assert.equal(await readSaga(h.pool, '0190b000-0000-7000-8000-000000000001'), undefined)

  assert.deepEqual(await listed({ olderThanSeconds: 0 }), [4, 3, 2, 1, 0])
  const backdate = `update saga.instance set id = uuidv7(interval '-2 h'), started_at = now() - interval '2 h' where id = $1`
  await h.pool.query(backdate, [ended])
  const old = await listSagas(h.pool, { olderThanSeconds: 3_600 })
  assert.deepEqual(
    old.sagas.map(({ key }) => key),
    ['trip-0'],
  )
})

test('an operator has a step retried, a saga compensated or given up, and is told what became of it', async (t) => {
  const h = await sagaHarness(t)
  const sagas = h.sagas({ pollMs: 60_000 })
  sagas.start()
  const { id } = await h.start()
  const ask = async (command: 'retry' | 'compensate' | 'giveUp', saga = id) =>
    (await askSagas(h.pool, { id: saga }, command, { note, waitMs: 30_000, onAsked: sagas.wake }))[0]?.result
  assert.equal(await ask('retry'), 'accepted')
  assert.equal(await ask('compensate'), 'accepted')
  assert.equal(await ask('giveUp'), 'done')
  assert.equal(await ask('retry'), 'ended')
  assert.deepEqual(await h.sent(), ['BOOK_FLIGHT 1', 'BOOK_FLIGHT 2', 'CANCEL_FLIGHT 3'])
  const operations = (await readSaga(h.pool, id))?.history.filter(({ kind }) => kind === 'operator')
  assert.deepEqual(operations?.[2]?.detail, { command: 'giveUp', note, result: 'done' })
  assert.deepEqual(await h.log(), ['given up'])

  const past = await h.start({ traveller: 'ada', wantsCar: true })
  await h.reply(past.id, 'flight', 'FLIGHT_BOOKED')
  await h.reply(past.id, 'hotel', 'HOTEL_BOOKED')
  assert.equal(await ask('compensate', past.id), 'pastPivot')
  await assert.rejects(askSagas(h.pool, { id }, 'retry', { note: ' ' }), { code: 'invalidInput' })
  assert.deepEqual(
    await askSagas(h.pool, { id: '0190b000-0000-7000-8000-000000000001' }, 'retry', { note }),
    [],
  )
})

test('of very many sagas those with a status are found by an index', async (t) => {
  const { pool } = await sagaHarness(t)
  await pool.query(`
    insert into saga.instance (id, name, version, key, status, data, state)
    select gen_random_uuid(), 'trip', 1, 'k', case when n % 1000 = 0 then 'givenUp' else 'completed' end, '{}', '{}'
    from generate_series(1, 5000) n`)
  await pool.query('analyze saga.instance')
  let plan = ''
  const explain = async (text: string, values?: unknown[]) => {
    const result = await pool.query(`explain ${text}`, values)
    plan = result.rows.map((row) => row['QUERY PLAN']).join('\n')
    return { ...result, rows: [] }
  }
  await listSagas({ query: explain } as never, { status: 'givenUp' })
  assert.match(plan, /Index (Only )?Scan.* using instance_default_status_id_idx/)
})

test('every stuck saga is retried by one call, and what nobody can carry out stays asked for', async (t) => {
  const h = await sagaHarness(t)
  const trips = await Promise.all(Array.from({ length: 3 }, () => h.start()))
  for (const { id } of trips) {
    await h.reply(id, 'flight', 'FLIGHT_BOOKED')
    await h.cancel(id)
    for (let tries = 0; tries < 5; tries++) await h.timeOut(id)
  }
  await h.start()
  const asked = await askSagas(h.pool, { stuck: true }, 'retry', { note, waitMs: 0 })
  assert.deepEqual([asked.length, asked[0]?.result], [3, undefined])
  const sagas = h.sagas()
  sagas.start()
  await eventually(async () => (await h.rows('select from saga.parked')).length === 0)
  assert.deepEqual((await listSagas(h.pool, { stuck: true })).sagas, [])
  assert.equal((await h.sent()).filter((command) => command.startsWith('CANCEL_HOTEL 8')).length, 3)
})
