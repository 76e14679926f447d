import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestIssuer } from '@relevo/kit/test-issuer'
import { serveJson } from '@relevo/testing'
import { runningProfiles } from './profilesHarness.ts'

test('customers have their own profile, operators and admins all of them, and nobody any without a token', async (t) => {
  const issuer = createTestIssuer()
  const url = await serveJson(t, issuer.jwks)
  const { ask, users, post } = await runningProfiles(t, { AUTH: 'on', AUTH_JWKS_URL: url })
  const [ana, bea, nobody] = [users.add(), users.add(), users.add()]
  const as = (sub: string, role = 'customer') => ({
    authorization: `Bearer ${issuer.token({ claims: { sub, role } })}`,
  })
  const statusOf = async (path: string, headers: Record<string, string>, method = 'GET', body?: object) =>
    (
      await ask(path, {
        method,
        headers: { ...headers, 'content-type': 'application/json', 'if-match': '*' },
        ...(body && { body: JSON.stringify(body) }),
      })
    ).status

  assert.equal((await post('/profiles', {}, as(ana))).body.id, ana, 'the own one')
  assert.equal((await post('/profiles', { id: ana }, as(bea))).status, 403)
  assert.equal((await post('/profiles', { id: bea }, as(ana, 'operator'))).status, 201)
  for (const [method, body] of [['GET'], ['PUT', {}], ['PATCH', {}], ['DELETE']] as const) {
    assert.equal(await statusOf(`/profiles/${bea}`, as(ana), method, body), 403, method)
    assert.equal(
      await statusOf(`/profiles/${nobody}`, as(ana), method, body),
      403,
      `${method}: no word of who there is`,
    )
    assert.equal(await statusOf(`/profiles/${bea}`, {}, method, body), 401, method)
    if (method === 'DELETE') continue
    for (const role of ['operator', 'admin'])
      assert.equal(await statusOf(`/profiles/${bea}`, as(ana, role), method, body), 200)
    assert.equal(await statusOf(`/profiles/${ana}`, as(ana), method, body), 200, method)
  }
  const seen = async (headers: Record<string, string>) =>
    (await ask('/profiles', { headers })).body.profiles.map(({ id }: { id: string }) => id)
  assert.deepEqual(await seen(as(ana)), [ana])
  assert.deepEqual(await seen(as(nobody)), [])
  assert.deepEqual(await seen(as(ana, 'admin')), [bea, ana])
  assert.equal(await statusOf('/profiles', {}), 401)
  assert.equal(await statusOf(`/profiles/${ana}`, as(ana), 'DELETE'), 204)
})
