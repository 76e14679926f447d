import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GuardedRequest } from '@relevo/kit'
import { Sessions } from './sessions.ts'

const hourMs = 3_600_000

const noKey = () => assert.fail('only sessions of accounts have it')

function settings(token: string | undefined) {
  return { host: '127.0.0.1', sessionHours: 8, operatorToken: () => token, sharedKey: noKey }
}

function request(headers: Record<string, string> = {}, more: Partial<GuardedRequest> = {}): GuardedRequest {
  return { method: 'GET', url: '/', headers, remote: '10.0.0.7', ...more }
}

const cookieOf = (set: string) => set.split(';')[0] ?? ''

test('a session holds for its hours, in every replica, and until there is a new token', async () => {
  const sessions = new Sessions(settings('secret'))
  const set = await sessions.logIn('secret', 'Zoë Ñandú; x=1', true, 0)
  assert.match(set, /^relevo_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800; Secure$/)
  const asked = request({ cookie: `other=1; ${cookieOf(set)}` })
  assert.equal((await sessions.find(asked, 8 * hourMs - 1))?.name, 'Zoë Ñandú; x=1')
  assert.equal(await sessions.find(asked, 8 * hourMs), undefined)
  const replica = new Sessions(settings('secret'))
  assert.equal((await replica.find(asked, 1))?.csrf, (await sessions.find(asked, 1))?.csrf)
  assert.equal(await new Sessions(settings('another')).find(asked, 1), undefined)
  assert.equal(await new Sessions(settings(undefined)).find(asked, 1), undefined)
})

test('a cookie that was changed is nobody', async () => {
  const sessions = new Sessions(settings('secret'))
  const cookie = cookieOf(await sessions.logIn('secret', 'Ana', false, 0))
  assert.equal((await sessions.find(request({ cookie }), 1))?.name, 'Ana')
  const bytes = Buffer.from(cookie.replace('relevo_session=', ''), 'base64url')
  for (let n = 0; n < bytes.length; n++) {
    const changed = Buffer.from(bytes)
    changed[n] = (changed[n] ?? 0) ^ 1
    const forged = `relevo_session=${changed.toString('base64url')}`
    assert.equal(await sessions.find(request({ cookie: forged }), 1), undefined, `byte ${n}`)
  }
  for (const text of ['relevo_session=', 'relevo_session=a.b.c', cookie.slice(0, -8)])
    assert.equal(await sessions.find(request({ cookie: text }), 1), undefined, text)
})

test('log-ins with another token are refused, and after ten of them all are for a minute', async () => {
  const sessions = new Sessions(settings('secret'))
  for (let n = 0; n < 10; n++)
    await assert.rejects(sessions.logIn('guess', 'Eve', false, n), { code: 'unauthenticated' })
  await assert.rejects(sessions.logIn('secret', 'Ana', false, 59_999), { code: 'tooManyRequests' })
  assert.match(await sessions.logIn('secret', 'Ana', false, 60_010), /^relevo_session=./)
})

test('without a token nobody can log in, and operators are on this machine', async () => {
  const sessions = new Sessions(settings(undefined))
  await assert.rejects(sessions.logIn('', 'Ana', false), { code: 'unauthenticated' })
  await assert.rejects(sessions.require(request()), { code: 'forbidden' })
  const local = request({}, { remote: '127.0.0.1' })
  const { csrf, name } = await sessions.require(local)
  assert.equal(name, 'local')
  await assert.rejects(sessions.require({ ...local, method: 'POST' }), { code: 'forbidden' })
  const page = { ...local, method: 'POST', headers: { 'x-csrf-token': csrf } }
  assert.equal((await sessions.require(page)).name, 'local')
  const forwarded = { ...page, headers: { ...page.headers, 'x-forwarded-for': '10.0.0.9' } }
  await assert.rejects(sessions.require(forwarded), { code: 'forbidden' })
})

test('programs send the token itself, and no token of a page', async () => {
  const sessions = new Sessions(settings('secret'))
  const post = { method: 'POST' }
  assert.equal((await sessions.require(request({ authorization: 'Bearer secret' }, post))).name, 'program')
  await assert.rejects(sessions.require(request({ authorization: 'Bearer guess' }, post)), {
    code: 'unauthenticated',
  })
})

test('a program without the token is not taken for a page with a session', async () => {
  const sessions = new Sessions(settings('secret'))
  const cookie = cookieOf(await sessions.logIn('secret', 'Ana', false))
  const forged = request({ cookie, authorization: 'Basic eDp4' }, { method: 'POST' })
  await assert.rejects(sessions.require(forged), { code: 'forbidden' }, 'it has no token of the page')
})
