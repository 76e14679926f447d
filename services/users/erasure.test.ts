// Reads all that is left of an erased user: every column of every table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyRow } from '@relevo/testing'
import { usersHarness } from './usersHarness.ts'

const name = 'Hildegard Zyxwvut'
const email = 'hildegard.zyxwvut@example.com'
const personal = /hildegard|zyxwvut/i

test('of an erased user no personal field is in any table, and nothing is left that opens what is sealed', async (t) => {
  const { ask, post, someone, withToken, pool, events, login, admin } = await usersHarness(t)
  const { id, access, refresh } = await someone(email, name)
  await ask(`/users/${id}`, withToken(access, 'PUT', { name: `${name} II`, email: `new.${email}` }))
  await post('/auth/forgot-password', { email })
  assert.ok(
    (await pool.query('select from mail where user_id = $1', [id])).rowCount,
    'something is under way',
  )

  assert.equal((await ask(`/users/${id}`, withToken(access, 'DELETE'))).status, 204)

  const left = await everyRow(pool)
  assert.ok(left.includes('event_store.event') && left.includes(id), 'its events are still there')
  assert.doesNotMatch(left, personal)
  for (const table of [
    'account',
    'personal_key',
    'address',
    'search_term',
    'credential',
    'session',
    'mail',
  ]) {
    const column = table === 'account' ? 'id' : 'user_id'
    assert.equal((await pool.query(`select from ${table} where ${column} = $1`, [id])).rowCount, 0, table)
  }
  assert.equal((await ask(`/users/${id}/key`, withToken('operators'))).status, 404)
  assert.equal((await ask('/users/me', withToken(access))).status, 401)
  assert.equal((await post('/auth/refresh', { refresh_token: refresh })).status, 401)
  assert.equal((await login(email)).status, 401)
  assert.equal((await ask(`/users/${id}`, withToken(await admin()))).status, 404)
  const [event] = await events('USER_DELETED')
  assert.deepEqual([event.topic, event.key, event.payload], ['USER_DELETED', id, { id }])
  for (const { payload } of [...(await events('USER_CREATED')), ...(await events('USER_UPDATED'))])
    assert.ok(payload.name.startsWith('sealed.v1.') && payload.email.startsWith('sealed.v1.'))

  const again = await someone(email, name)
  assert.notEqual(again.id, id, 'whoever comes back is somebody new')
})

test('while the user is there, too, no table holds a personal field that can be read without a key', async (t) => {
  const { someone, pool } = await usersHarness(t)
  await someone(email, name)
  assert.doesNotMatch(await everyRow(pool), personal)
})

test('a user whose erasure fails half-way is there as before', async (t) => {
  const { someone, pool, ask, withToken } = await usersHarness(t)
  const { id, access } = await someone(email, name)
  await pool.query(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
    create trigger refuse before delete on session for each row execute function refuse()`)
  assert.equal((await ask(`/users/${id}`, withToken(access, 'DELETE'))).status, 500)
  assert.equal((await ask('/users/me', withToken(access))).body.name, name)
})
