import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Registry } from 'prom-client'
import { createLogger } from '../../process/logger.ts'
import { createApp } from '../createApp.ts'
import { defineApi, type Endpoints, type Handlers } from '../endpoint.ts'
import { problemDetails } from '../errorStyle.ts'
import { Health } from '../health.ts'
import { startHttpServer } from '../httpServer.ts'
import { Identities } from './identities.ts'
import { checkAuth } from './identityVariables.ts'
import { createTestIssuer, testAudience, testIssuerName } from './testIssuer.ts'

const responses = { 200: { description: 'Who asks' } } as const
const get = { method: 'get', summary: 'Tells who asks', responses } as const
const endpoints = {
  anybody: { ...get, path: '/anybody', access: 'public' },
  undeclared: { ...get, path: '/undeclared' },
  customer: { ...get, path: '/customer', role: 'customer' },
  operator: { ...get, path: '/operator', role: 'operator' },
  admin: { ...get, path: '/admin', role: 'admin' },
} as const satisfies Endpoints
const whoAsks = ({ context }: { context: { identity?: unknown } }) => ({
  body: { identity: context.identity ?? null },
})
const handlers: Handlers<typeof endpoints> = {
  anybody: whoAsks,
  undeclared: whoAsks,
  customer: whoAsks,
  operator: whoAsks,
  admin: whoAsks,
}
const api = defineApi({ title: 'Test', version: '1', errors: problemDetails, endpoints })
const logger = createLogger('test', 'silent')
const issuer = createTestIssuer()

async function start(t: TestContext, auth: 'on' | 'off') {
  const registry = new Registry()
  const settings = {
    authJwksUrl: 'http://127.0.0.1:1/',
    authIssuer: testIssuerName,
    authAudience: testAudience,
  }
  const identities = new Identities({ ...settings, auth }, { logger, registry })
  identities.loadKeysBy(async () => issuer.jwks)
  const guard = { host: '127.0.0.1', operatorToken: () => 'secret', identities }
  const app = createApp({ name: 'test', logger, registry, health: new Health(), api, handlers, guard })
  const server = await startHttpServer(app, { host: '127.0.0.1', port: 0 })
  t.after(() => server.stop())
  const ask = (path: string, token?: string) =>
    fetch(`http://127.0.0.1:${server.port}/${path}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
  const statuses = async (token?: string) => {
    const asked = Object.keys(endpoints).map(async (path) => (await ask(path, token)).status)
    return (await Promise.all(asked)).join(' ')
  }
  return { ask, statuses, identities, registry }
}

const tokenOf = (role: string) => issuer.token({ claims: { role } })

test('an endpoint lets through its role and those above it, and tells its handler who asks; one that says nothing is for operators', async (t) => {
  const { ask, statuses } = await start(t, 'on')
  assert.equal(await statuses(), '200 401 401 401 401')
  assert.equal(await statuses(tokenOf('customer')), '200 403 200 403 403')
  assert.equal(await statuses(tokenOf('operator')), '200 200 200 200 403')
  assert.equal(await statuses(tokenOf('admin')), '200 200 200 200 200')
  assert.equal(await statuses('secret'), '200 200 200 200 403', 'the token of operators')
  const { identity } = (await (await ask('admin', tokenOf('admin'))).json()) as { identity: object }
  assert.partialDeepStrictEqual(identity, { role: 'admin', tokenId: 'token-1' })
})

test('a token that is not valid gets one and the same answer, and the metric tells the reason', async (t) => {
  const { ask, registry } = await start(t, 'on')
  const missing = await ask('customer')
  assert.equal(missing.headers.get('www-authenticate'), 'Bearer')
  const wrong = ['x', issuer.token({ claims: { aud: 'other' } }), createTestIssuer().token()]
  const answers = await Promise.all(wrong.map((token) => ask('customer', token)))
  const bodies = await Promise.all(
    answers.map(async (answer) => ((await answer.json()) as { detail: string }).detail),
  )
  assert.deepEqual(new Set(bodies), new Set(['The access token is not valid. Get a new one.']))
  for (const { headers } of answers)
    assert.equal(headers.get('www-authenticate'), 'Bearer error="invalid_token"')
  const metrics = await registry.metrics()
  for (const fault of ['malformed', 'audience', 'signature'])
    assert.ok(metrics.includes(`relevo_access_tokens_refused_total{fault="${fault}"} 1`), fault)
})

test('a user is refused as soon as the revocation is heard of', async (t) => {
  const { ask, identities } = await start(t, 'on')
  const token = issuer.token()
  assert.equal((await ask('customer', token)).status, 200)
  identities.revocations.add('b7d6f1a2-0000-4000-8000-000000000001', Date.now())
  assert.equal((await ask('customer', token)).status, 401)
})

test('AUTH=off lets everybody in but to what is for operators, and still refuses a token that is not valid', async (t) => {
  const { statuses } = await start(t, 'off')
  assert.equal(await statuses(), '200 200 200 401 200')
  assert.equal(await statuses('x'), '200 200 401 401 401')
  assert.equal(await statuses(tokenOf('customer')), '200 200 200 403 403')
})

test('AUTH=off is refused together with a public address', () => {
  for (const env of [{}, { AUTH: 'off', HOST: '::1' }, { AUTH: 'on', HOST: '0.0.0.0' }])
    assert.deepEqual(checkAuth(env), [])
  for (const env of [{ HOST: '0.0.0.0' }, { AUTH: 'off', HOST: '10.0.0.7' }])
    assert.equal(checkAuth(env).length, 1)
})
