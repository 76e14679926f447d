import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkHost,
  checkOperator,
  checkSite,
  checkUrl,
  type GuardedRequest,
  type GuardSettings,
} from './guard.ts'

const request = (changes: Partial<GuardedRequest> = {}): GuardedRequest => ({
  method: 'POST',
  url: '/x',
  headers: { host: 'localhost:3002' },
  remote: '127.0.0.1',
  ...changes,
})
const settings = (token?: string, host = '127.0.0.1'): GuardSettings => ({ host, operatorToken: () => token })

test('without a token an operator is who comes from this machine, through no gateway', () => {
  for (const remote of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
    assert.doesNotThrow(() => checkOperator(request({ remote }), settings()))
  for (const wrong of [
    request({ remote: '10.0.0.7' }),
    request({ remote: '::ffff:10.0.0.7' }),
    request({ headers: { 'x-forwarded-for': '10.0.0.7' } }),
    request({ remote: '10.0.0.7', headers: { authorization: 'Bearer undefined' } }),
  ])
    assert.throws(() => checkOperator(wrong, settings()), { code: 'forbidden', message: /OPERATOR_TOKEN/ })
})

test('with a token an operator is who sends it, from wherever', () => {
  const withToken = (authorization?: string) =>
    request({ remote: '10.0.0.7', headers: authorization === undefined ? {} : { authorization } })
  assert.doesNotThrow(() => checkOperator(withToken('Bearer secret'), settings('secret')))
  for (const wrong of [undefined, 'Bearer', 'Bearer other', 'Bearer secret2', 'Basic secret'])
    assert.throws(
      () => checkOperator(withToken(wrong), settings('secret')),
      { code: 'unauthenticated' },
      wrong,
    )
  assert.throws(() => checkOperator(request(), settings('secret')), { code: 'unauthenticated' })
})

test('refuses what a browser sends for another page, and lets programs through', () => {
  for (const headers of [
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { host: 'a:1', origin: 'http://a:1' },
  ])
    assert.doesNotThrow(() => checkSite(request({ headers })))
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host: 'a:1', origin: 'http://b:1' },
    { host: 'a:1', origin: 'null' },
  ])
    assert.throws(() => checkSite(request({ headers })), { code: 'forbidden' })
  assert.doesNotThrow(() =>
    checkSite(request({ method: 'GET', headers: { 'sec-fetch-site': 'cross-site' } })),
  )
})

test('answers as localhost only where it listens there', () => {
  for (const host of ['localhost', 'localhost:3002', '127.0.0.1:1', '[::1]:1', 'api.localhost:1'])
    assert.doesNotThrow(() => checkHost(request({ headers: { host } }), settings()))
  const foreign = request({ headers: { host: 'rebound.example:3002' } })
  assert.throws(() => checkHost(foreign, settings()), { code: 'forbidden' })
  assert.doesNotThrow(() => checkHost(foreign, settings(undefined, '0.0.0.0')))
})

test('refuses U+0000 and what is no UTF-8 anywhere in the address', () => {
  for (const url of ['/a/%00', '/a?b=%00', '/a?b%00=1', '/%ff', '/a?b=%c3%28', '/a?b=%', '/%ED%A0%80'])
    assert.throws(() => checkUrl(url), { code: 'badRequest' }, url)
  for (const url of ['/', '/a%2Fb?c=%C3%A9+x', '/%F0%9F%9A%80']) assert.doesNotThrow(() => checkUrl(url))
})
