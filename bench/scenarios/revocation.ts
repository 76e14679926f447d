import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeCustomers } from '../../proof/customers.ts'
import type { Values } from '../measurement.ts'
import type { Run, Scenario } from '../scenario.ts'
import { migrateService, type ServiceProcess, startServiceProcess, untilReady } from '../serviceProcess.ts'
import { latencies } from '../statistics.ts'
import type { BenchOutbox, TestBed } from '../testBed.ts'
import { type Cleanup, withOutbox } from '../withOutbox.ts'

const disabled = 100
const operatorToken = randomUUID()
const admin = { email: 'admin@example.com', password: 'the password of the admin' }

export const revocation: Scenario = {
  name: 'revocation',
  chapter: 'users',
  title: 'From disabling a user to the refusal of the token',
  description: `${disabled} users are disabled, one after the other, while the gateway is asked with the token of each without a pause. From the
answer of \`POST /users/{id}/disable\` to the first 401, in ms: USER_DISABLED goes by the outbox, the relay and Kafka. services/users, gateway and a
relay as they are deployed, everything on the same ${2} cores.`,
  columns: [
    { key: 'refusedP50', title: 'p50', digits: 1 },
    { key: 'refusedP95', title: 'p95', digits: 1 },
    { key: 'refusedP99', title: 'p99', digits: 1 },
    { key: 'refusedMax', title: 'greatest', digits: 1 },
  ],
  variants: [{ name: 'one gateway', budgetMs: 240_000, measure: measureRefusals }],
}

interface World {
  readonly users: string
  readonly gateway: string
  readonly database: BenchOutbox['pool']
}

function measureRefusals({ bed, signal }: Run): Promise<Values> {
  return withOutbox(bed, async ({ url, pool }, cleanup) => {
    const processes = await startAll(bed, url, cleanup)
    const ports = processes.map(({ port }) => `http://127.0.0.1:${port}`)
    for (const [n, at] of ports.entries()) await untilReady(at, processes[n] as ServiceProcess, signal)
    const [users = '', gateway = ''] = ports
    const world = { users, gateway, database: pool }
    const tokens = await register(world, signal)
    const times: number[] = []
    for (const [id, token] of tokens) {
      signal.throwIfAborted()
      times.push(await timeRefusal(world, id, token))
    }
    return latencies('refused', times)
  })
}

async function startAll(bed: TestBed, databaseUrl: string, cleanup: Cleanup): Promise<ServiceProcess[]> {
  await migrateService(bed, 'users', databaseUrl)
  const users = await startServiceProcess(bed, 'users', databaseUrl, {
    AUTH: 'on',
    OPERATOR_TOKEN: operatorToken,
    USERS_MASTER_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    ANSWER_FLOOR_MS: '0',
    ATTEMPTS_PER_ADDRESS: '1000000',
  })
  cleanup(users.stop)
  const relay = await startServiceProcess(bed, 'relay', databaseUrl, { EVENT_SOURCE: '/relevo/users' })
  cleanup(relay.stop)
  const backend = createServer((_request, response) => void response.end('{}'))
  await once(backend.listen(0, '127.0.0.1'), 'listening')
  cleanup(async () => backend.close())
  const gateway = await startServiceProcess(bed, 'gateway', undefined, {
    AUTH: 'on',
    AUTH_JWKS_URL: `http://127.0.0.1:${users.port}/.well-known/jwks.json`,
    GATEWAY_SERVICES: `orders=http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
    RATE_LIMIT_PER_ADDRESS: '1000000000',
    RATE_LIMIT_PER_USER: '1000000000',
    ACCESS_LOG: 'false',
  })
  cleanup(gateway.stop)
  return [users, gateway, relay]
}

/** Users who are logged in, with their tokens. */
async function register(
  { users, database }: World,
  signal: AbortSignal,
): Promise<[id: string, token: string][]> {
  const place = { usersUrl: users, operatorToken, database }
  const found: [string, string][] = []
  while (found.length < disabled) {
    signal.throwIfAborted()
    for (const { id, ...credentials } of await makeCustomers(1, place))
      found.push([id, await logIn(users, credentials)])
  }
  return found
}

async function logIn(
  users: string,
  { email, password }: { email: string; password: string },
): Promise<string> {
  return (await post<{ access_token: string }>(`${users}/auth/login`, { email, password })).access_token
}

/** Milliseconds from the answer that a user is disabled to the first 401. */
async function timeRefusal({ users, gateway }: World, id: string, token: string): Promise<number> {
  const ask = async () => {
    const response = await fetch(`${gateway}/api/orders/orders`, {
      headers: { authorization: `Bearer ${token}` },
    })
    await response.text()
    return response.status
  }
  const before = await ask()
  if (before !== 200) throw new Error(`the gateway answers ${before} to a good token`)
  await post(`${users}/users/${id}/disable`, {}, await logIn(users, admin))
  const answeredAt = performance.now()
  while ((await ask()) !== 401)
    if (performance.now() - answeredAt > 30_000) throw new Error('not refused within 30 s')
  return performance.now() - answeredAt
}

async function post<T>(url: string, body: object, token?: string): Promise<T> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}
