import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonical, searchTerms, termsOfSearch } from './secrets/canonical.ts'
import { usersHarness } from './usersHarness.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('', ' ', '\0', '\ud800', 'a@b', '%'),
)
const value = fc.oneof(text, fc.jsonValue(), fc.constant(undefined))
const fields = ['name', 'email', 'password', 'token', 'refresh_token', 'role', 'extra']
const body = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(fc.constantFrom(...fields), value),
  fc.record({ email: value, password: fc.string({ maxLength: 11 }) }),
  fc.record({ token: value, password: value }),
)
const paths = [
  '/users',
  '/auth/login',
  '/auth/refresh',
  '/auth/logout',
  '/auth/verify-email',
  '/auth/forgot-password',
  '/auth/reset-password',
]

test('no body, path or header that is wrong is answered by more than that it is wrong', async (t) => {
  const limits = { ATTEMPTS_PER_ADDRESS: '1000000', ATTEMPTS_PER_ACCOUNT: '100000', PASSWORD_QUEUE: '0' }
  const { ask, pool } = await usersHarness(t, { ...limits, ATTEMPT_WINDOW_MS: '86400000' })
  const segment = text.map((part) => encodeURIComponent(part.toWellFormed()))
  const request = fc.record({
    path: fc.oneof(
      fc.constantFrom(...paths),
      segment.map((part) => `/users/${part}`),
      segment.map((part) => `/users?search=${part}`),
    ),
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    body,
    authorization: fc.oneof(
      fc.constantFrom('Bearer x', 'Bearer a.b.c', 'Basic x', ''),
      fc.base64String().map((part) => `Bearer ${part}`),
    ),
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ path, method, body, authorization }) => {
      const init = { method, headers: { authorization, 'content-type': 'application/json' } }
      const answer = await ask(path, method === 'GET' ? init : { ...init, body: JSON.stringify(body) ?? '' })
      assert.ok(
        answer.status < 500,
        `${method} ${path} ${JSON.stringify(body)}: ${answer.status} ${answer.text}`,
      )
    }),
    { numRuns: 400 },
  )
  assert.equal((await pool.query(`select from account where status <> 'pending'`)).rowCount, 1, 'the admin')
  for (const table of ['address', 'personal_key', 'credential'])
    assert.equal(
      (await pool.query(`select user_id from ${table} except select id from account`)).rowCount,
      0,
      `half a user in ${table}`,
    )
})

test('a canonical form is its own, and does not depend on case and composition', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const form = canonical(name)
      assert.equal(canonical(form), form)
      assert.equal(canonical(name.normalize('NFD')), form)
      assert.equal(canonical(name.normalize('NFKC').toUpperCase()), form)
    }),
  )
})

test('whatever is in a name is found by its beginnings', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }), (words) => {
      const terms = searchTerms(words.join(' '), 'a@example.com')
      for (const word of words)
        for (const term of termsOfSearch(word.replaceAll('@', ' '))) assert.ok(terms.has(term), term)
    }),
  )
})
