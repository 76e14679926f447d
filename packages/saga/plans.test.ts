import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Queryable } from '@relevo/outbox'
import { handleReplies } from './handleReplies.ts'
import { createRegistry } from './registry.ts'
import { sagaHarness } from './sagaHarness.ts'
import { findParked } from './sql/parkedEvents.ts'
import { tripSaga } from './tripHarness.ts'

const keepMany = `
insert into saga.instance (id, name, version, key, status, data, state)
select gen_random_uuid(), 'trip', 1, n::text, 'completed', '{}', '{}' from generate_series(1, 20000) n`

test('parked events are found without a look at every saga there has been', async (t) => {
  const h = await sagaHarness(t)
  await h.pool.query(keepMany)
  const plan: string[] = []
  const explaining: Queryable = {
    query: async (text, values) => {
      const { rows } = await h.pool.query(`explain (analyze, timing off) ${text}`, values)
      plan.push(...rows.map((row) => row['QUERY PLAN']))
      return h.pool.query(text, values)
    },
  }
  assert.deepEqual(await findParked(explaining, createRegistry([tripSaga]), 10), [])
  assert.match(plan.join('\n'), / on instance/)
  assert.doesNotMatch(plan.join('\n'), / on instance.*actual rows=[1-9]/)
})

const idOfThisMonth =
  'overlay(gen_random_uuid()::text placing left(saga.first_id(now())::text, 13) from 1 for 13)::uuid'

const readWhole = `
select coalesce(sum(seq_tup_read), 0)::integer as read, coalesce(sum(n_tup_upd), 0)::integer as updated
from pg_stat_xact_user_tables where schemaname = 'saga' and relname ~ '^(instance|timer)'`

test('sagas are stored without a look at every saga there has been, by a plan from before there were many', async (t) => {
  const h = await sagaHarness(t)
  const registry = createRegistry([tripSaga])
  const client = await h.pool.connect()
  const bookAll = async (step: string, type: string, ids: readonly string[]) => {
    const address = (id: string) => ({ saga_id: id, step, attempt: 1, booking: 'b1' })
    const events = ids.map((id) => ({ id: randomUUID(), type, data: address(id) }))
    await client.query('select pg_stat_force_next_flush()') // what was counted before
    await client.query('begin')
    await handleReplies(client, registry, events)
    const { rows } = await client.query(readWhole)
    await client.query('commit')
    return rows[0]
  }
  const ids: string[] = []
  for (let n = 0; n < 8; n++) {
    const { id } = await h.start()
    await bookAll('flight', 'FLIGHT_BOOKED', [id]) // often enough for a plan that is kept
    ids.push(id)
  }
  await h.pool.query(keepMany.replace('gen_random_uuid()', idOfThisMonth))
  await h.pool.query('analyze saga.instance')
  const { read, updated } = await bookAll('hotel', 'HOTEL_BOOKED', ids)
  client.release()
  assert.deepEqual([read, updated], [0, ids.length])
})

const hotUpdates = `
select n_tup_upd::integer as updates, n_tup_hot_upd::integer as hot from pg_stat_xact_user_tables
where schemaname = 'saga' and relname ~ '^instance_' and n_tup_upd > 0`

test('a saga that goes on needs no new entries in the indexes of its table', async (t) => {
  const h = await sagaHarness(t)
  const started = await Promise.all(Array.from({ length: 20 }, () => h.start()))
  const client = await h.pool.connect()
  await client.query('begin')
  for (const { id } of started)
    await client.query('update saga.instance set status = $2, revision = revision + 1 where id = $1', [
      id,
      'running',
    ])
  const { rows } = await client.query(hotUpdates)
  await client.query('rollback')
  client.release()
  assert.deepEqual(rows, [{ updates: 20, hot: 20 }])
})
