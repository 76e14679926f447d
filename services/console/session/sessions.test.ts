import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GuardedRequest } from '@relevo/kit'
import { Sessions } from './sessions.ts'

const hourMs = 3_600_000

function settings(token: string | undefined) {
  return { host: '127.0.0.1', sessionHours: 8, operatorToken: () => token }
}

function request(headers: Record<string, string> = {}, more: Partial<GuardedRequest> = {}): GuardedRequest {
  return { method: 'GET', url: '/', headers, remote: '10.0.0.7', ...more }
}

const cookieOf = (set: string) => set.split(';')[0] ?? ''

test('a session holds for its hours, in every replica, and until there is a new token', () => {
  const sessions = new Sessions(settings('secret'))
  const set = sessions.logIn('secret', 'Zoë Ñandú; x=1', true, 0)
  assert.match(set, /^relevo_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800; Secure$/)
  const asked = request({ cookie: `other=1; ${cookieOf(set)}` })
  assert.equal(sessions.find(asked, 8 * hourMs - 1)?.name, 'Zoë Ñandú; x=1')
  assert.equal(sessions.find(asked, 8 * hourMs), undefined)
  const replica = new Sessions(settings('secret'))
  assert.equal(replica.find(asked, 1)?.csrf, sessions.find(asked, 1)?.csrf)
  assert.equal(new Sessions(settings('another')).find(asked, 1), undefined)
  assert.equal(new Sessions(settings(undefined)).find(asked, 1), undefined)
})

test('a cookie that was changed is nobody', () => {
  const sessions = new Sessions(settings('secret'))
  const parts = cookieOf(sessions.logIn('secret', 'Ana', false, 0)).split('.')
  const later = [parts[0], String(Number(parts[1]) + 1), ...parts.slice(2)].join('.')
  const other = [`relevo_session=${Buffer.from('Eve').toString('base64url')}`, ...parts.slice(1)].join('.')
  for (const cookie of [later, other, 'relevo_session=', 'relevo_session=a.b.c', 'relevo_session=a.9e99.c.d'])
    assert.equal(sessions.find(request({ cookie }), 1), undefined, cookie)
})

test('log-ins with another token are refused, and after ten of them all are for a minute', () => {
  const sessions = new Sessions(settings('secret'))
  for (let n = 0; n < 10; n++)
    assert.throws(() => sessions.logIn('guess', 'Eve', false, n), { code: 'unauthenticated' })
  assert.throws(() => sessions.logIn('secret', 'Ana', false, 59_999), { code: 'tooManyRequests' })
  assert.match(sessions.logIn('secret', 'Ana', false, 60_010), /^relevo_session=./)
})

test('without a token nobody can log in, and operators are on this machine', () => {
  const sessions = new Sessions(settings(undefined))
  assert.throws(() => sessions.logIn('', 'Ana', false), { code: 'unauthenticated' })
  assert.throws(() => sessions.require(request()), { code: 'forbidden' })
  const local = request({}, { remote: '127.0.0.1' })
  const { csrf, name } = sessions.require(local)
  assert.equal(name, 'local')
  assert.throws(() => sessions.require({ ...local, method: 'POST' }), { code: 'forbidden' })
  const page = { ...local, method: 'POST', headers: { 'x-csrf-token': csrf } }
  assert.equal(sessions.require(page).name, 'local')
  const forwarded = { ...page, headers: { ...page.headers, 'x-forwarded-for': '10.0.0.9' } }
  assert.throws(() => sessions.require(forwarded), { code: 'forbidden' })
})

test('programs send the token itself, and no token of a page', () => {
  const sessions = new Sessions(settings('secret'))
  const post = { method: 'POST' }
  assert.equal(sessions.require(request({ authorization: 'Bearer secret' }, post)).name, 'program')
  assert.throws(() => sessions.require(request({ authorization: 'Bearer guess' }, post)), {
    code: 'unauthenticated',
  })
})

test('a program without the token is not taken for a page with a session', () => {
  const sessions = new Sessions(settings('secret'))
  const cookie = cookieOf(sessions.logIn('secret', 'Ana', false))
  const forged = request({ cookie, authorization: 'Basic eDp4' }, { method: 'POST' })
  assert.throws(() => sessions.require(forged), { code: 'forbidden' }, 'it has no token of the page')
})
