// What load and drills do at the edge, before the gateway and the users service as they are.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '@relevo/embedded'
import { eventually, forAllTests, startInProcess } from '@relevo/testing'
import { makeCustomers } from '../proof/customers.ts'
import { watchEdge } from '../proof/inCluster/program/watchEdge.ts'
import { watchRevocations } from '../proof/inCluster/program/watchRevocations.ts'
import { service as gatewayService } from '../services/gateway/main.ts'
import { adminLogin, usersHarness } from '../services/users/usersHarness.ts'

const world = forAllTests(async (t) => {
  const users = await usersHarness(t, { SIGNING_KEY_AHEAD_MS: '0', SIGNING_KEY_POLL_MS: '20' })
  const gateway = await startInProcess(t, gatewayService, {
    GATEWAY_SERVICES: `users=${users.url}`,
    AUTH: 'on',
    AUTH_JWKS_URL: `${users.url}/.well-known/jwks.json`,
    KAFKA_BROKERS: '127.0.0.1:1',
  })
  const place = { usersUrl: users.url, operatorToken: 'operators', database: users.pool }
  return { users, gateway, place }
})

test('users are made whose address is verified, so that they can log in', async () => {
  const { users, place } = await world()
  const customers = await makeCustomers(2, place)
  for (const { email, password } of customers) assert.equal((await users.login(email, password)).status, 200)
  await assert.rejects(makeCustomers(1, { ...place, operatorToken: 'another' }), /answers 40[13] at \/mails/)
})

test('customers read through the gateway, with new tokens, until they are told to stop', async () => {
  const { users, gateway, place } = await world()
  const customers = await makeCustomers(2, place)
  const stopFile = join(temporaryDirectory(), 'stop')
  const path = '/api/users/users/me'
  const countSpent = async () => {
    const { rows } = await users.pool.query('select count(*)::int as spent from session where spent')
    return rows[0]?.spent as number
  }
  const watching = watchEdge({
    gatewayUrl: gateway.url,
    customers,
    paths: [path, '/api/users/users/none'],
    perSecond: 10,
    refreshEveryMs: 100,
    stopFile,
    maxSeconds: 60,
  })
  const hasAnswered = async (route: string, status: number) =>
    (await gateway.registry.metrics()).includes(`route="/api/users/users/${route}",status="${status}"`)
  await eventually(async () => (await countSpent()) >= 2, 'refreshed tokens', 60_000)
  await eventually(() => hasAnswered('me', 200), 'a request that is answered', 60_000)
  await eventually(() => hasAnswered(':id', 400), 'one that fails', 60_000)
  writeFileSync(stopFile, '')
  const { sent, answered, failed, cut, failures, keyIds } = await watching
  assert.ok(answered > 0 && failed > 0 && sent === answered + failed)
  assert.equal(cut, 0)
  assert.deepEqual([...new Set(failures.map((failure) => failure.status))], [400])
  assert.equal(keyIds.length, 1)
})

test('who is disabled is refused, and how long that took is told', async () => {
  const { gateway, place } = await world()
  const victims = await makeCustomers(2, place)
  const path = '/api/users/users/me'
  const spec = { gatewayUrl: gateway.url, admin: adminLogin, victims, path, watchMs: 200 }
  for (const { wasLetIn, refusedAfterMs, letInUntilMs } of await watchRevocations(spec)) {
    assert.ok(wasLetIn)
    assert.equal(letInUntilMs, 0)
    assert.equal(typeof refusedAfterMs, 'number')
  }
})
