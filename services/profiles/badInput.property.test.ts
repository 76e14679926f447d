import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import fc from 'fast-check'
import { runningProfiles } from './profilesHarness.ts'

const running = forAllTests((t) => runningProfiles(t))

const address = { street: 'Calle Mayor 1', city: 'Madrid', postal_code: '28013', country: 'ES' }
const text = ['""', '"  "', '5', '[]', '{}', 'true', '"a\\u0000b"', '"\\ud800"', `"${'x'.repeat(201)}"`]

/** A member and what it has instead, written as JSON. */
const fault = fc.oneof(
  fc.tuple(
    fc.constantFrom('street', 'city', 'postal_code', 'region').map((name) => `address.${name}`),
    fc.constantFrom(...text),
  ),
  fc.tuple(fc.constant('address.country'), fc.constantFrom(...text, '"es"', '"ESP"', '"E1"')),
  fc.tuple(
    fc.constantFrom('address.color', 'color', 'version', 'created_at', '__proto__', 'constructor'),
    fc.constantFrom('1', 'null', '{}'),
  ),
  fc.tuple(
    fc.constant('phone'),
    fc.constantFrom(...text, '"600111222"', '"+0123456789"', '"+34 600"', `"+${'1'.repeat(16)}"`),
  ),
  fc.tuple(fc.constant('language'), fc.constantFrom(...text, '"fr"', '"ES"')),
  fc.tuple(fc.constant('address'), fc.constantFrom('"x"', '5', '[]', 'true')),
  fc.tuple(fc.constant('notifications'), fc.constantFrom('"x"', '5', '[]', 'true', '{"sms":true}')),
  fc.tuple(
    fc.constantFrom('notifications.order_updates', 'notifications.account_news'),
    fc.constantFrom('"true"', '1', '[]', '{}'),
  ),
  fc.tuple(fc.constantFrom('name', 'email'), fc.constantFrom('"Ana"', 'null', '5')),
)

function bodyWith([path, json]: readonly [string, string], more: object = {}): string {
  const [outer = '', inner] = path.split('.')
  const whole = outer === 'address' ? address : {}
  const value = inner === undefined ? json : `{${members(whole, inner)}"${inner}":${json}}`
  return `{${members({ ...more, address }, outer)}"${outer}":${value}}`
}

function members(object: object, but: string): string {
  return Object.entries(object)
    .filter(([name]) => name !== but)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`)
    .join('')
}

test('what no profile can be is refused with a reason, by each way, and nothing is changed', async () => {
  const { change, ask, someone, users, pool, told } = running()
  const { id, etag } = await someone({ address })
  const other = users.add()
  const before = (await ask(`/profiles/${id}`)).body
  const ways = {
    POST: (each: readonly [string, string]) => change('POST', '/profiles', bodyWith(each, { id: other })),
    PUT: (each: readonly [string, string]) =>
      change('PUT', `/profiles/${id}`, bodyWith(each), { 'if-match': etag }),
    PATCH: (each: readonly [string, string]) =>
      change('PATCH', `/profiles/${id}`, bodyWith(each), { 'if-match': etag }),
  }
  await fc.assert(
    fc.asyncProperty(fault, fc.constantFrom('POST', 'PUT', 'PATCH' as const), async (each, way) => {
      const { status, body, text } = await ways[way as keyof typeof ways](each)
      assert.equal(status, 400, `${way} ${bodyWith(each)} ${text}`)
      assert.ok(body.detail.length > 10, text)
    }),
    { numRuns: 150 },
  )
  const anything = fc.json({ maxDepth: 3 }).filter((json) => !/^\s*\{\s*\}\s*$/.test(json))
  await fc.assert(
    fc.asyncProperty(anything, async (json) => {
      for (const method of ['PUT', 'PATCH'])
        assert.equal((await change(method, `/profiles/${id}`, json, { 'if-match': etag })).status, 400, json)
    }),
    { numRuns: 40 },
  )
  assert.deepEqual((await ask(`/profiles/${id}`)).body, before)
  assert.equal((await told(id)).length, 1)
  assert.equal((await pool.query('select from profile where id = $1', [other])).rowCount, 0)
})

test('half an address is none, whatever it is patched with', async () => {
  const { patch, someone } = running()
  const { id, etag } = await someone()
  assert.equal((await patch(id, { address: { city: 'Gijón' } }, etag)).status, 400)
  const whole = await patch(id, { address }, etag)
  assert.equal(
    (await patch(id, { address: { street: null } }, String(whole.headers.get('etag')))).status,
    400,
  )
})

test('bad ids and queries are refused with a reason', async () => {
  const { ask, change } = running()
  for (const id of ['7', 'x', "'--", '%00', '0190b000', '%ff'])
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
      assert.equal(
        (await change(method, `/profiles/${id}`, method === 'GET' ? undefined : {})).status,
        400,
        `${method} ${id}`,
      )
  const queries = [
    'limit=0',
    'limit=101',
    'limit=x',
    'sort=name',
    'sort=',
    'language=fr',
    'order_updates=1',
    'color=1',
    'cursor=7',
  ]
  const more = [
    'cursor=created_at.1.1',
    'cursor=-created_at.99999999999999999.1',
    'limit=1&limit=2',
    'updated_from=yesterday',
  ]
  for (const query of [...queries, ...more, 'updated_from=0000-01-01T00:00:00Z'])
    assert.equal((await ask(`/profiles?${query}`)).status, 400, query)
  assert.equal((await ask('/profiles?cursor=-created_at.9999999999999999.999999999999999999')).status, 200)
  assert.equal((await change('DELETE', '/profiles')).status, 405)
})
