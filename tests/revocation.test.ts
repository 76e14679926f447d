// A token that is valid still is refused once its user is disabled or erased: users, relay, Kafka, gateway and a service.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAdmin } from '@relevo/kafka'
import { eventually, forAllTests, startInProcess, testDatabase, testServers } from '@relevo/testing'
import { service as gatewayService } from '../services/gateway/main.ts'
import { service as messagesService } from '../services/messages/main.ts'
import { startRelay } from '../services/relay/relayHarness.ts'
import { usersHarness } from '../services/users/usersHarness.ts'
import { messagesDatabase } from '../systems/databases/messages.ts'
import { usersTopics } from '../systems/users/topics.ts'

const world = forAllTests(async (t: TestContext) => {
  const { brokers } = await testServers()
  const admin = createAdmin({ brokers, clientId: 'test' })
  await admin.ensureTopics(usersTopics.map(({ name: topic }) => ({ topic, partitions: 3 })))
  await admin.close()
  const users = await usersHarness(t, { KAFKA_BROKERS: brokers.join(',') })
  await startRelay(t, { DATABASE_URL: users.dbUrl, EVENT_SOURCE: '/relevo/users' })
  const asking = {
    AUTH: 'on',
    AUTH_JWKS_URL: `${users.url}/.well-known/jwks.json`,
    KAFKA_BROKERS: brokers.join(','),
  }
  const { url } = await testDatabase(t, messagesDatabase.migrations)
  const messages = await startInProcess(t, messagesService, {
    ...asking,
    DATABASE_URL: url,
    ACK_WAIT_MS: '0',
  })
  await messages.until('/ready', () => true)
  const env = { ...asking, GATEWAY_SERVICES: `messages=${messages.url}` }
  const startGateway = () => startInProcess(t, gatewayService, env)
  return { users, messages, startGateway, gateway: await startGateway() }
})

type Asked = Awaited<ReturnType<typeof world>>['messages']

const send = async (to: Asked, path: string, token: string) =>
  (await to.post(path, { content: 'Hola' }, { authorization: `Bearer ${token}` })).status

/** Does it refuse the token by itself? An answer of 401 alone may be that of a service behind the gateway. */
async function refuses(asked: Asked, path: string, token: string): Promise<boolean> {
  const before = await refusals(asked)
  return (await send(asked, path, token)) === 401 && (await refusals(asked)) > before
}

async function refusals(asked: Asked): Promise<number> {
  const { text } = await asked.ask('/metrics')
  return Number(/^relevo_access_tokens_refused_total\{fault="revoked"\} (\d+)$/m.exec(text)?.[1])
}

function secondsLeft(token: string): number {
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return exp - Date.now() / 1_000
}

test('a disabled user is refused by the gateway and by a service while the token is valid, and by a gateway that starts then', async (t) => {
  const { users, messages, gateway, startGateway } = await world()
  const [{ id, access }, { access: other }] = [
    await users.someone('ana@x.com'),
    await users.someone('bea@x.com'),
  ]
  const ofGateway = (from = gateway, token = access) => send(from, '/api/messages/messages', token)
  const ofService = (token = access) => send(messages, '/messages', token)
  assert.deepEqual([await ofGateway(), await ofService()], [201, 201])

  const disabled = await users.ask(`/users/${id}/disable`, users.withToken(await users.admin(), 'POST'))
  assert.equal(disabled.status, 200)
  await eventually(() => refuses(gateway, '/api/messages/messages', access), 'the gateway refuses')
  await eventually(() => refuses(messages, '/messages', access), 'the service refuses')
  const started = await startGateway()
  t.after(() => started.stop())
  assert.ok(await refuses(started, '/api/messages/messages', access), 'one that has just started knows of it')
  assert.ok(secondsLeft(access) > 60, 'the token itself is valid still')
  assert.deepEqual([await ofGateway(started, other), await ofService(other)], [201, 201], 'others go on')
})

test('an erased user is refused as well', async () => {
  const { users, messages, gateway } = await world()
  const { id, access } = await users.someone('eva@x.com')
  assert.equal(await send(messages, '/messages', access), 201)
  assert.equal((await users.ask(`/users/${id}`, users.withToken(access, 'DELETE'))).status, 204)
  await eventually(() => refuses(messages, '/messages', access), 'the service refuses')
  await eventually(() => refuses(gateway, '/api/messages/messages', access), 'the gateway refuses')
  assert.ok(secondsLeft(access) > 60)
})

test('an operator who was disabled has no power over users any more', async () => {
  const { users } = await world()
  const { ask, withToken, login, password } = users
  const { id } = await users.someone('otto@x.com', 'Otto')
  const root = await users.admin()
  const change = { name: 'Otto', email: 'otto@x.com', role: 'operator' }
  assert.equal((await ask(`/users/${id}`, withToken(root, 'PUT', change))).status, 200)
  const { access_token: token } = (await login('otto@x.com', password)).body
  const keyOf = async () => (await ask(`/users/${id}/key`, withToken(token))).status
  assert.equal(await keyOf(), 200)
  assert.equal((await ask(`/users/${id}/disable`, withToken(root, 'POST'))).status, 200)
  await eventually(async () => (await keyOf()) === 401, 'the users refuse')
  assert.ok(secondsLeft(token) > 60)
})
