// Who may act, where the users are installed: their accounts, tokens and revocations, in a real browser.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAdmin } from '@relevo/kafka'
import { eventually, forAllTests, startInProcess, testServers } from '@relevo/testing'
import { usersTopics } from '../../systems/users/topics.ts'
import { relayService } from '../relay/main.ts'
import { usersHarness } from '../users/usersHarness.ts'
import { runningConsole } from './consoleHarness.ts'
import { assertInEveryLook, browserOf, chromium, openPage, pressOn, skip, typeInto } from './pagesHarness.ts'

/** Of the harness of the users. */
const operatorToken = 'operators'

const stack = forAllTests(async (t) => {
  const { brokers } = await testServers()
  const admin = createAdmin({ brokers, clientId: 'test' })
  await admin.ensureTopics(usersTopics.map(({ name: topic }) => ({ topic, partitions: 1 })))
  await admin.close()
  // Shorter than what is left of a token when it is renewed: every look at the session renews it.
  const users = await usersHarness(t, { ACCESS_TOKEN_MS: '100000' })
  const env = {
    DATABASE_URL: users.dbUrl,
    EVENT_SOURCE: '/relevo/users',
    KAFKA_BROKERS: brokers.join(','),
    OPERATOR_TOKEN: operatorToken,
  }
  const relay = await startInProcess(t, relayService(env), env)
  const identity = {
    AUTH: 'on',
    AUTH_JWKS_URL: `${users.url}/.well-known/jwks.json`,
    OPERATOR_TOKEN: operatorToken,
  }
  const services = { users, 'relay-users': relay }
  const console = await runningConsole(t, services, identity)
  const replica = await runningConsole(t, services, { ...identity, DATABASE_URL: console.databaseUrl })
  const browser = typeof chromium === 'string' ? undefined : await browserOf(t)
  const someone = async (email: string, role?: string) => {
    const user = await users.someone(email)
    const change = { name: 'Ana Pérez', email, role }
    if (role) await users.ask(`/users/${user.id}`, users.withToken(await users.admin(), 'PUT', change))
    return user
  }
  /** Logs in without a browser; what a page sends from then on. */
  const logIn = async (email: string) => {
    const answer = await console.post('/console/session', { email, password: users.password })
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    return { status: answer.status, text: answer.text, cookie }
  }
  return { users, console, replica, browser, someone, logIn, services, identity }
})

const look = (cookie: string, at: 'console' | 'replica' = 'console') =>
  stack()[at].ask('/console/session', { headers: { cookie } })

test('an operator logs in with the account, acts by its name, and is refused once the user is disabled', {
  skip,
}, async (t) => {
  const { users, console, browser, someone } = stack()
  assert.ok(browser)
  const { id } = await someone('ana@example.com', 'operator')
  const page = await openPage(t, { browser, console }, '/undelivered', { locale: 'es-ES' })
  await pressOn(page, page.getByRole('button', { name: 'Iniciar sesión' }))
  const dialog = page.getByRole('dialog')
  await typeInto(page, dialog.getByLabel('Correo electrónico'), 'ana@example.com')
  await typeInto(page, dialog.getByLabel('Contraseña'), 'not the password')
  await page.keyboard.press('Enter')
  await dialog.getByText('Los datos no son válidos').waitFor()
  await assertInEveryLook(page, 'log-in-account')
  await pressOn(page, dialog.getByRole('button', { name: 'Usar la credencial de operador' }))
  await dialog.getByLabel('Credencial', { exact: true }).waitFor()
  await pressOn(page, dialog.getByRole('button', { name: 'Usar una cuenta' }))
  await typeInto(page, dialog.getByLabel('Correo electrónico'), 'ana@example.com')
  await typeInto(page, dialog.getByLabel('Contraseña'), users.password)
  await page.keyboard.press('Enter')
  await page.getByText('Ana Pérez', { exact: true }).waitFor()
  const cookies = await page.context().cookies()
  assert.deepEqual(
    cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite })),
    [{ name: 'relevo_session', httpOnly: true, sameSite: 'Strict' }],
  )
  assert.equal(await page.evaluate('document.cookie'), '')

  const { csrf } = (await page.evaluate(`fetch('/console/session').then((answer) => answer.json())`)) as {
    csrf: string
  }
  const [{ outbox: source }] = (await console.ask('/console/events?limit=1')).body.searched
  const sent = { csrf, body: JSON.stringify({ source, key: 'none', note: 'a test' }) }
  const act = () =>
    page.evaluate(async ({ csrf: token, body }) => {
      const headers = { 'content-type': 'application/json', 'x-csrf-token': token }
      return (await fetch('/console/keys/skip', { method: 'POST', headers, body })).status
    }, sent)
  assert.equal(await act(), 404, 'it may, but no such key is quarantined')
  const [noted] = (await console.ask('/console/actions')).body.actions
  assert.deepEqual([noted.asked_by, noted.user_id, noted.deed], ['Ana Pérez', id, 'skip'])
  const { rows } = await console.pool.query(
    `select payload ->> 'by' as by, payload ->> 'user_id' as user_id from outbox.event where type = 'OPERATOR_ASKED'`,
  )
  assert.deepEqual(rows, [{ by: 'Ana Pérez', user_id: id }])

  const disabled = await users.ask(`/users/${id}/disable`, users.withToken(await users.admin(), 'POST'))
  assert.equal(disabled.status, 200)
  const committed = performance.now()
  await eventually(async () => (await act()) === 401, 'it is refused')
  t.diagnostic(`refused ${Math.round(performance.now() - committed)} ms after the user was disabled`)
  await page.reload()
  await page.getByRole('button', { name: 'Iniciar sesión' }).waitFor()
})

test('a log-out ends the session of the account, not only the cookie', { skip }, async (t) => {
  const { users, console, browser, someone } = stack()
  assert.ok(browser)
  await someone('admin2@example.com', 'admin')
  const page = await openPage(t, { browser, console }, '/')
  await pressOn(page, page.getByRole('button', { name: 'Log in' }))
  const dialog = page.getByRole('dialog')
  await typeInto(page, dialog.getByLabel('E-mail address'), 'admin2@example.com')
  await typeInto(page, dialog.getByLabel('Password'), users.password)
  await pressOn(page, dialog.getByRole('button', { name: 'Log in' }))
  await page.getByText('Ana Pérez', { exact: true }).waitFor()
  const [kept] = await page.context().cookies()
  await pressOn(page, page.getByRole('button', { name: 'Log out' }))
  await page.getByRole('button', { name: 'Log in' }).waitFor()
  assert.deepEqual(await page.context().cookies(), [])
  const { body } = await look(`relevo_session=${kept?.value}`)
  assert.equal(body.operator, null, 'who has kept the cookie has nothing')
})

test('a session is renewed by pages that ask two replicas at once, and the one that comes late does not end it', async () => {
  const { console, someone, logIn } = stack()
  await someone('bea@example.com', 'operator')
  const { cookie } = await logIn('bea@example.com')
  const asked = [look(cookie), look(cookie, 'replica'), look(cookie), look(cookie, 'replica')]
  const all = [...(await Promise.all(asked)), await look(cookie)]
  for (const { body, headers } of all) {
    assert.equal(body.operator, 'Ana Pérez')
    assert.ok(Date.parse(body.renew_at) > Date.now())
    assert.notEqual(headers.get('set-cookie')?.split(';')[0], cookie)
    assert.equal(body.csrf, all[0]?.body.csrf, 'pages that are open keep their token')
  }
  const renewed = all[3]?.headers.get('set-cookie')?.split(';')[0] ?? ''
  assert.equal((await look(renewed)).body.operator, 'Ana Pérez')
  const { rows } = await console.pool.query('select answer from refresh where answer is not null')
  assert.ok(rows.length > 0)
  for (const { answer } of rows) assert.doesNotMatch(answer, /token/, 'nobody can read it without the token')

  await console.pool.query(`update refresh set at = at - interval '1 minute'`)
  assert.equal(
    (await look(cookie)).body.operator,
    null,
    'a token that is used a minute later is a stolen one',
  )
  assert.equal((await look(renewed)).body.operator, null)
})

test('an account without the role cannot begin a session; the token of operators can, as nobody of the users', async () => {
  const { console, someone, logIn } = stack()
  await someone('eva@example.com')
  const refused = await logIn('eva@example.com')
  assert.deepEqual([refused.status, refused.cookie], [403, ''])
  assert.match(refused.text, /role customer/)
  const unknown = await logIn('nobody@example.com')
  assert.equal(unknown.status, 401)
  const byToken = await console.post('/console/session', { token: operatorToken, name: 'Eve' })
  assert.equal(byToken.status, 200)
  const cookie = byToken.headers.get('set-cookie')?.split(';')[0] ?? ''
  const { body } = await look(cookie)
  assert.deepEqual([body.operator, body.log_in, body.renew_at], ['Eve', ['account', 'token'], null])
})

test('without a token of operators, every replica knows the session of an account, also one that starts later', async (t) => {
  const { users, someone, services, identity } = stack()
  const env = { ...identity, OPERATOR_TOKEN: '' }
  const first = await runningConsole(t, services, env)
  const replica = await runningConsole(t, services, { ...env, DATABASE_URL: first.databaseUrl })
  await someone('lea@example.com', 'operator')
  const begun = await first.post('/console/session', { email: 'lea@example.com', password: users.password })
  assert.equal(begun.status, 200)
  const headers = { cookie: begun.headers.get('set-cookie')?.split(';')[0] ?? '' }
  const { body } = await replica.ask('/console/session', { headers })
  assert.deepEqual([body.operator, body.log_in], ['Ana Pérez', ['account']])
  // The look has renewed it, and what the replica set is good at the first as well.
  const later = await runningConsole(t, services, { ...env, DATABASE_URL: first.databaseUrl })
  for (const { ask } of [first, later]) {
    const { body: same } = await ask('/console/session', { headers })
    assert.deepEqual([same.operator, same.csrf], ['Ana Pérez', body.csrf])
  }
})
