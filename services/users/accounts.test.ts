import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openText } from '@relevo/kit/personal'
import { usersHarness } from './usersHarness.ts'

test('a user registers, verifies the address, logs in, and is told who it is', async (t) => {
  const { post, ask, login, tokenFor, withToken, events, password } = await usersHarness(t)
  const { status, body } = await post('/users', { name: ' Ana Pérez ', email: 'ana@example.com', password })
  assert.equal(status, 201)
  assert.partialDeepStrictEqual(body, {
    name: 'Ana Pérez',
    email: 'ana@example.com',
    role: 'customer',
    status: 'pending',
  })
  assert.deepEqual(Object.keys(body).sort(), ['created_at', 'email', 'id', 'name', 'role', 'status'])

  assert.equal((await login('ana@example.com')).status, 401, 'not before the address is verified')
  const token = await tokenFor('ana@example.com', 'verify')
  assert.equal((await post('/auth/verify-email', { token })).status, 204)
  assert.equal((await post('/auth/verify-email', { token })).status, 400, 'a code is of use once')

  const session = await login('ANA@example.com')
  assert.equal(session.status, 200)
  assert.equal(session.headers.get('cache-control'), 'no-store')
  assert.partialDeepStrictEqual(session.body, { token_type: 'Bearer', expires_in: 600 })
  const me = await ask('/users/me', withToken(session.body.access_token))
  assert.deepEqual(me.body, { ...body, status: 'active', created_at: me.body.created_at })

  const created = (await events('USER_CREATED')).find(({ key }) => key === body.id)
  assert.equal(created.topic, 'USER_CREATED')
  assert.deepEqual(Object.keys(created.payload).sort(), ['email', 'id', 'name'])
})

test('an event holds the fields sealed, and whoever has the key of the user opens them', async (t) => {
  const { someone, ask, withToken, events } = await usersHarness(t)
  const { id, access } = await someone('bea@example.com')
  const { payload, event_id: event } = (await events('USER_CREATED')).find(({ key }) => key === id)
  assert.doesNotMatch(JSON.stringify(payload), /bea|Ana/)
  const answer = await ask(`/users/${id}/key`, withToken('operators'))
  const key = Buffer.from(answer.body.key, 'base64url')
  assert.equal(openText(key, { user: id, event, field: 'email' }, payload.email), 'bea@example.com')
  assert.equal(openText(key, { user: id, event, field: 'name' }, payload.name), 'Ana Pérez')
  assert.equal((await ask(`/users/${id}/key`, withToken(access))).status, 403, 'for services only')
})

test('addresses are the same under case folding and normalisation, and nobody is told that one is known', async (t) => {
  const { post, pool, mails, someone, login, password } = await usersHarness(t)
  await someone('straße@example.com')
  const same = ['STRASSE@EXAMPLE.COM', 'ſtrasse@example.com', 'ｓtraße@example.com']
  for (const email of same) {
    const { status, body } = await post('/users', { name: 'Eve', email, password: 'another password' })
    assert.equal(status, 201)
    assert.partialDeepStrictEqual(body, { name: 'Eve', email, status: 'pending', role: 'customer' })
  }
  const unknown = await post('/users', { name: 'Eve', email: 'new@example.com', password })
  const known = await post('/users', { name: 'Eve', email: 'straße@example.com', password })
  assert.deepEqual(Object.keys(known.body), Object.keys(unknown.body))
  assert.equal((await pool.query('select from account')).rowCount, 3, 'with the admin and the new one')
  const toOwner = (await mails()).filter(
    ({ to, purpose }) => to === 'straße@example.com' && purpose === 'known',
  )
  assert.equal(toOwner.length, 4)
  assert.ok(toOwner.every(({ token }) => token === null))
  assert.equal((await login('strasse@example.com')).status, 200, 'the password is still the first one')

  const answers = [
    await login('strasse@example.com', 'wrong password!'),
    await login('nobody@example.com', 'wrong password!'),
  ]
  const [first, second] = answers.map(({ status, body }) => ({ status, ...body, request_id: '' }))
  assert.deepEqual(first, second)
  const forgot = [
    await post('/auth/forgot-password', { email: 'strasse@example.com' }),
    await post('/auth/forgot-password', { email: 'nobody@example.com' }),
  ]
  assert.deepEqual(
    forgot.map(({ status, text }) => `${status} ${text}`),
    ['202 {}', '202 {}'],
  )
})

test('until an address is verified the last to register sets the password, and earlier codes are of no use', async (t) => {
  const { post, login, tokenFor, password } = await usersHarness(t)
  await post('/users', { name: 'Eve', email: 'c@example.com', password: 'what an attacker knows' })
  const first = await tokenFor('c@example.com', 'verify')
  await post('/users', { name: 'Carla', email: 'c@example.com', password })
  assert.equal((await post('/auth/verify-email', { token: first })).status, 400)
  assert.equal(
    (await post('/auth/verify-email', { token: await tokenFor('c@example.com', 'verify') })).status,
    204,
  )
  assert.equal((await login('c@example.com', 'what an attacker knows')).status, 401)
  assert.equal((await login('c@example.com')).status, 200)
})

test('users see and change themselves, admins everybody, and a new address holds once it is verified', async (t) => {
  const { ask, someone, withToken, admin, login, tokenFor, post, events } = await usersHarness(t)
  const [ana, bea] = [await someone('ana@example.com'), await someone('bea@example.com', 'Bea')]
  const root = await admin()
  const put = (token: string, id: string, body: object) => ask(`/users/${id}`, withToken(token, 'PUT', body))
  assert.equal((await ask(`/users/${bea.id}`, withToken(ana.access))).status, 403)
  assert.equal((await put(ana.access, bea.id, { name: 'X', email: 'bea@example.com' })).status, 403)
  const same = { name: 'Ana Pérez', email: 'ana@example.com' }
  assert.equal((await put(ana.access, ana.id, { ...same, role: 'admin' })).status, 403)
  assert.equal((await ask('/users', withToken(ana.access))).status, 403)
  assert.equal((await ask(`/users/${bea.id}`, withToken(root))).body.name, 'Bea')

  const changed = await put(ana.access, ana.id, { name: 'Ana María', email: 'maria@example.com' })
  assert.partialDeepStrictEqual(changed.body, { name: 'Ana María', email: 'ana@example.com' })
  assert.equal((await login('maria@example.com')).status, 401)
  const token = await tokenFor('maria@example.com', 'email')
  assert.equal((await post('/auth/verify-email', { token })).status, 204)
  assert.equal((await login('maria@example.com')).status, 200)
  assert.equal((await login('ana@example.com')).status, 401)
  assert.equal((await events('USER_UPDATED')).length, 2)

  await put(bea.access, bea.id, { name: 'Bea', email: 'MARIA@example.com' })
  const taken = await tokenFor('MARIA@example.com', 'email')
  assert.equal((await post('/auth/verify-email', { token: taken })).status, 400, 'it is somebody’s')

  const made = await put(root, bea.id, { name: 'Bea', email: 'bea@example.com', role: 'operator' })
  assert.equal(made.body.role, 'operator')
  assert.equal(
    (await ask('/users', withToken((await login('bea@example.com')).body.access_token))).status,
    403,
  )
})
