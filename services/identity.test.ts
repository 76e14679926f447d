// With AUTH=on each service refuses who does not say who it is: their own configurations and endpoints, without what is behind.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import {
  type Endpoint,
  type Endpoints,
  type Handlers,
  type Service,
  type ServiceVariables,
  systemEndpoints,
} from '@relevo/kit'
import { createTestIssuer } from '@relevo/kit/test-issuer'
import { serveJson, startInProcess } from '@relevo/testing'

type AnyService = Service<ServiceVariables, Endpoints>

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
  .map(({ name }) => name)

const operatorToken = 'the-token-of-operators'
const away = {
  AUTH: 'on',
  OPERATOR_TOKEN: operatorToken,
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  KAFKA_BROKERS: '127.0.0.1:1',
  USERS_MASTER_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
}

async function serviceOf(folder: string): Promise<AnyService> {
  const main = await import(`./${folder}/main.ts`)
  return main.service ?? main.relayService({})
}

/** The service as it is, but for its handlers: they say that they were reached. */
async function start(t: TestContext, folder: string, jwks: string) {
  const service = await serviceOf(folder)
  const reached = () => ({ status: 299, body: {} })
  const handlers = Object.keys(service.api.endpoints).map((name) => [name, reached] as const)
  const stub = { ...service, start: () => Object.fromEntries(handlers) as Handlers<Endpoints> }
  const { ask } = await startInProcess(t, stub, { ...away, AUTH_JWKS_URL: jwks })
  const send = async ({ method, path }: Endpoint, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const url = path.replaceAll(/:\w+/g, 'x')
    return (await ask(url, { method: method.toUpperCase(), headers })).status
  }
  return { send, endpoints: Object.values<Endpoint>(service.api.endpoints) }
}

test('with AUTH=on each endpoint but the public ones asks who sends a request', {
  concurrency: true,
}, async (t) => {
  const issuer = createTestIssuer()
  const jwks = await serveJson(t, issuer.jwks)
  const customer = issuer.token({ claims: { role: 'customer' } })
  const forged = createTestIssuer().token()
  await Promise.all(folders.map((folder) => t.test(folder, (one) => checkService(one, folder))))

  async function checkService(one: TestContext, folder: string): Promise<void> {
    const { send, endpoints } = await start(one, folder, jwks)
    assert.ok(endpoints.length > 0)
    for (const endpoint of endpoints) {
      const { method, path, role, access } = endpoint
      const about = `${method} ${path}`
      const needed = role ?? access ?? 'operator'
      if (needed === 'public') {
        assert.notEqual(await send(endpoint), 401, about)
        continue
      }
      assert.equal(await send(endpoint), 401, about)
      assert.equal(await send(endpoint, forged), 401, `${about}, by a forged token`)
      if (needed !== 'customer') assert.equal(await send(endpoint, customer), 403, `${about}, by a customer`)
      const status = await send(endpoint, operatorToken)
      const isLetIn = ![401, 403].includes(status)
      assert.equal(isLetIn, needed !== 'admin', `${about}, by the token of operators: ${status}`)
    }
    for (const endpoint of [systemEndpoints.health, systemEndpoints.metrics, systemEndpoints.openapi])
      assert.equal(await send(endpoint), 200, endpoint.path)
  }
})
