import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { inboxSchema } from '@relevo/inbox'
import { grantRights } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { silent } from '@relevo/testing'
import pg from 'pg'
import { sagaSchema } from './index.ts'
import { createRegistry } from './registry.ts'
import { sagaHarness } from './sagaHarness.ts'
import { startSaga } from './startSaga.ts'
import { inTransaction } from './transaction.ts'
import { tripSaga } from './tripHarness.ts'
import { carryOutParked, fireTimers } from './work.ts'

const partitions = `
select count(*)::integer as count from pg_inherits where inhparent = 'saga.instance'::regclass`

test('sagas are kept in partitions by month, made ahead, and dropped by an operator only when all have ended', async (t) => {
  const h = await sagaHarness(t)
  assert.deepEqual(await h.rows(partitions), [{ count: 5 }])
  assert.deepEqual(await h.rows('select saga.ensure_partitions() as made'), [{ made: 0 }])
  assert.deepEqual(await h.rows('select saga.ensure_partitions(4) as made'), [{ made: 1 }])
  const { id } = await h.start()
  const place = 'select tableoid::regclass::text as place from saga.instance where id = $1'
  const [month] = await h.rows<{ month: string }>(
    "select to_char(now() at time zone 'UTC', 'YYYYMM') as month",
  )
  assert.deepEqual(await h.rows(place, [id]), [{ place: `saga.instance_${month?.month}` }])
  const [line] = await h.rows('select tableoid::regclass::text as place from saga.history limit 1')
  assert.deepEqual(line, { place: `saga.history_${month?.month}` })
  const drop =
    "select saga.drop_months((date_trunc('month', now() at time zone 'UTC') + interval '1 month')::date) as dropped"
  assert.deepEqual(await h.rows(drop), [{ dropped: 0 }], 'one is under way')
  await h.reply(id, 'flight', 'FLIGHT_FULL')
  await h.reply(id, 'flight', 'FLIGHT_BOOKED')
  await h.reply(id, 'flight', 'FLIGHT_CANCELLED')
  assert.equal((await h.state(id)).status, 'compensated')
  assert.deepEqual(await h.rows(drop), [{ dropped: 1 }])
  assert.deepEqual(await h.rows('select from saga.instance'), [])
  assert.deepEqual(await h.rows('select from saga.late_reply'), [])
  const { id: other } = await h.start()
  assert.deepEqual(await h.rows(place, [other]), [{ place: 'saga.instance_default' }])
  const again = await h.rows('select saga.ensure_partitions(4) as made')
  assert.deepEqual(again, [{ made: 0 }], 'this month goes on in the default partition')
})

test('the role of a service runs sagas without owning their tables', async (t) => {
  const h = await sagaHarness(t)
  const role = `saga_app_${randomBytes(4).toString('hex')}`
  await h.pool.query(`create role ${role} login password 'x'`)
  const app = new pg.Pool({
    connectionString: Object.assign(new URL(h.url), { username: role, password: 'x' }).href,
  })
  app.on('error', () => {})
  t.after(async () => {
    await app.end()
  })
  const grants = [outboxSchema, inboxSchema, sagaSchema].flatMap((schema) => schema.grants.app)
  await grantRights(h.url, { app: role }, { app: grants, relay: [] }, silent)
  await h.pool.query(`grant insert on trip_log to ${role}`)
  const { id } = await inTransaction(app, (tx) => startSaga(tx, tripSaga, { traveller: 'ada' }))
  await h.pool.query("update saga.timer set due_at = clock_timestamp() - interval '1 s'")
  const registry = createRegistry([tripSaga])
  const budget = { spend: () => true }
  const work = { pool: app, registry, batchSize: 5, budget, onFailure: assert.fail }
  assert.equal(await fireTimers(work), 1)
  assert.equal(await carryOutParked(work), 0)
  await h.reply(id, 'flight', 'FLIGHT_BOOKED', 2, app)
  await h.reply(id, 'flight', 'FLIGHT_BOOKED', 1, app)
  assert.equal((await app.query('select saga.ensure_partitions(5) as made')).rows[0].made, 2)
  for (const statement of ['drop table saga.timer', "select saga.drop_months('2000-01-01')"])
    await assert.rejects(app.query(statement), { code: '42501' }, statement)
  await app.query('select 1')
  await h.pool.query(`drop owned by ${role}`)
  await h.pool.query(`drop role ${role}`)
})
