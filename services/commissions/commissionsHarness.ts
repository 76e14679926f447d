import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import {
  createApp,
  createLogger,
  createPool,
  Health,
  migrate,
  problemDetails,
  startHttpServer,
} from '@relevo/kit'
import { createTestDatabase } from '@relevo/testing'
import { Registry } from 'prom-client'
import { openapi } from './api.ts'
import { parsePercentage } from './domain/percentage.ts'
import { migrations } from './migrations.ts'
import { createRoutes } from './routes.ts'

const logger = createLogger('test', 'silent')

/** The commissions API on a new database, over HTTP. Closed with the test. */
export async function commissionsHarness(t: TestContext) {
  const database = await createTestDatabase()
  await migrate(database.url, migrations, logger)
  const pool = createPool({ databaseUrl: database.url, name: 'commissions', size: 20, logger })
  const percentage = parsePercentage('12.5')
  if (!percentage) throw new Error('12.5 is a percentage')
  const app = createApp({
    name: 'commissions',
    logger,
    registry: new Registry(),
    health: new Health(),
    routes: createRoutes({ pool, percentage }),
    openapi,
    errorStyle: problemDetails,
    maxBodyBytes: 16_384,
  })
  const server = await startHttpServer(app, { host: '127.0.0.1', port: 0 })
  t.after(async () => {
    await server.stop()
    await pool.end()
    await database.drop()
  })

  async function ask(path: string, init: RequestInit = {}) {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init)
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
      body: JSON.parse(text || 'null') as any,
    }
  }

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    })
  const calculate = (body: unknown, headers?: Record<string, string>) =>
    post('/commissions/calculate', body, headers)
  const approve = (body: unknown) => post('/commissions/approve', body)
  const byConversion = (id: string) => ask(`/commissions/by-conversion/${encodeURIComponent(id)}`)

  /** The recorded events in the order of their commits. */
  const events = async () =>
    (await pool.query('select topic, key, type, headers, payload from outbox.event order by id')).rows

  return { pool, ask, post, calculate, approve, byConversion, events }
}

/** What the seed's example sends. */
export function someConversion(changes: Record<string, unknown> = {}) {
  return {
    conversionId: randomUUID(),
    affiliateId: 'aff-1',
    campaignId: 'cmp-1',
    grossAmount: 120.5,
    currency: 'USD',
    ...changes,
  }
}
