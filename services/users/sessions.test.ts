import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usersHarness } from './usersHarness.ts'

test('a refresh token is of use once: a spent one ends its family, and no other', async (t) => {
  const { post, someone, login } = await usersHarness(t)
  const refresh = (token: string) => post('/auth/refresh', { refresh_token: token })
  const { refresh: first } = await someone('ana@example.com')
  const other = (await login('ana@example.com')).body.refresh_token
  const second = await refresh(first)
  assert.equal(second.status, 200)
  const third = await refresh(second.body.refresh_token)
  assert.equal(third.status, 200)
  assert.equal((await refresh(second.body.refresh_token)).status, 401, 'it was used before')
  assert.equal((await refresh(third.body.refresh_token)).status, 401, 'so the family has ended')
  assert.equal((await refresh(other)).status, 200, 'another login is another family')
  assert.equal((await refresh('made up')).status, 401)
})

test('of several that use one refresh token at once, one gets new tokens', async (t) => {
  const { post, someone } = await usersHarness(t)
  const { refresh } = await someone('ana@example.com')
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => post('/auth/refresh', { refresh_token: refresh })),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401, 401])
})

test('a logout ends the session, and no token is stored as it is', async (t) => {
  const { post, someone, pool } = await usersHarness(t)
  const { refresh } = await someone('ana@example.com')
  const stored = JSON.stringify(
    (await pool.query(`select encode(digest, 'base64') as digest from session`)).rows,
  )
  assert.ok(stored.length > 40 && !stored.includes(refresh))
  assert.equal((await post('/auth/logout', { refresh_token: refresh })).status, 204)
  assert.equal((await post('/auth/refresh', { refresh_token: refresh })).status, 401)
  assert.equal((await post('/auth/logout', { refresh_token: refresh })).status, 204)
  assert.equal((await pool.query('select from session')).rowCount, 0)
})

test('a new password is set by the code of a mail, and ends every session', async (t) => {
  const { post, someone, login, tokenFor } = await usersHarness(t)
  const { refresh } = await someone('ana@example.com')
  await post('/auth/forgot-password', { email: 'Ana@example.com' })
  const token = await tokenFor('ana@example.com', 'reset')
  const reset = (code: string, password = 'a new password 1') =>
    post('/auth/reset-password', { token: code, password })
  const [id] = token.split('.')
  for (const wrong of ['x', `${id}.${'A'.repeat(43)}`, `${crypto.randomUUID()}.${token.split('.')[1]}`])
    assert.equal((await reset(wrong)).status, 400)
  assert.equal((await post('/auth/verify-email', { token })).status, 400, 'a code is for its purpose')
  assert.equal((await reset(token, 'short')).status, 400)
  assert.equal((await reset(token)).status, 204)
  assert.equal((await reset(token)).status, 400)
  assert.equal((await login('ana@example.com')).status, 401)
  assert.equal((await login('ana@example.com', 'a new password 1')).status, 200)
  assert.equal((await post('/auth/refresh', { refresh_token: refresh })).status, 401)
})

test('a disabled user is refused at once: tokens, sessions and logins', async (t) => {
  const { ask, post, someone, admin, login, withToken, events } = await usersHarness(t)
  const { id, access, refresh } = await someone('ana@example.com')
  const root = await admin()
  assert.equal((await ask(`/users/${id}/disable`, withToken(access, 'POST'))).status, 403)
  for (let i = 0; i < 2; i++) {
    const { status, body } = await ask(`/users/${id}/disable`, withToken(root, 'POST'))
    assert.equal(`${status} ${body.status}`, '200 disabled')
  }
  assert.equal((await ask('/users/me', withToken(access))).status, 401)
  assert.equal((await post('/auth/refresh', { refresh_token: refresh })).status, 401)
  assert.equal((await login('ana@example.com')).status, 401)
  const [event, ...more] = await events('USER_DISABLED')
  assert.deepEqual([event.topic, event.key, event.payload, more], ['USER_DISABLED', id, { id }, []])
})
