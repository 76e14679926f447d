import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPassword } from './passwords/password.ts'
import { Passwords } from './passwords/passwords.ts'
import { adminLogin, usersHarness } from './usersHarness.ts'

test('passwords are hashed a few at a time; what waits beyond the bound is told 429', async () => {
  const passwords = new Passwords({ atOnce: 2, waiting: 3 })
  const results = await Promise.allSettled(
    Array.from({ length: 9 }, (_, n) => passwords.hash(`password number ${n}`)),
  )
  const failed = results.filter((result) => result.status === 'rejected')
  assert.equal(failed.length, 4)
  for (const { reason } of failed) {
    assert.equal(reason.status, 429)
    assert.ok(Number(reason.headers['retry-after']) > 0)
  }
  assert.match(await passwords.hash('once more, of course'), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test('a password matches its hash however it is composed, and nothing else does', async () => {
  const passwords = new Passwords({ atOnce: 2, waiting: 10 })
  const stored = await passwords.hash('contraseña segura')
  assert.ok(await passwords.check('contrasen\u0303a segura', stored))
  assert.ok(!(await passwords.check('contrasena segura', stored)))
  assert.ok(!(await passwords.check('contraseña segura', undefined)), 'of nobody')
  await assert.rejects(isPassword('x', 'plain text'))
})

test('attempts are counted by account and address, known or not, and forgotten with the time', async (t) => {
  const env = { ATTEMPTS_PER_ACCOUNT: '3', ATTEMPTS_PER_ADDRESS: '1000', TRUST_FORWARDED_FOR: 'true' }
  const { post, pool } = await usersHarness(t, env)
  const login = (email: string, from: string, password = 'wrong password!') =>
    post('/auth/login', { email, password }, { 'x-forwarded-for': `1.1.1.1, ${from}` })
  for (const email of [adminLogin.email, 'nobody@example.com']) {
    for (let n = 0; n < 3; n++) assert.equal((await login(email, '10.0.0.1')).status, 401)
    const { status, headers } = await login(email.toUpperCase(), '10.0.0.1')
    assert.equal(status, 429)
    assert.ok(Number(headers.get('retry-after')) > 0)
  }
  const right = await login(adminLogin.email, '10.0.0.2', adminLogin.password)
  assert.equal(right.status, 200, 'the owner comes from elsewhere')
  assert.equal((await login(adminLogin.email, '10.0.0.1', adminLogin.password)).status, 429)
  await pool.query(`update attempt set until = now() - interval '1 second'`)
  assert.equal((await login(adminLogin.email, '10.0.0.1', adminLogin.password)).status, 200)
})

test('attempts are counted by address alone as well, and mails that somebody gets are bounded', async (t) => {
  const { post, mails, pool } = await usersHarness(t, { ATTEMPTS_PER_ADDRESS: '6', MAILS_PER_USER: '2' })
  const forgot = (email: string) => post('/auth/forgot-password', { email })
  for (let n = 0; n < 4; n++) assert.equal((await forgot(adminLogin.email)).status, 202)
  assert.equal((await mails()).length, 2)
  for (let n = 0; n < 2; n++) assert.equal((await forgot(`n${n}@example.com`)).status, 202)
  assert.equal((await forgot('other@example.com')).status, 429)
  const stored = JSON.stringify((await pool.query('select subject from attempt')).rows)
  assert.doesNotMatch(stored, /127\.0\.0\.1|example/)
})
