import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { startInProcess, testDatabase } from '@relevo/testing'
import { database } from './database.ts'
import { service } from './main.ts'

/** The commissions API on a new database, over HTTP. Closed with the test. */
export async function commissionsHarness(t: TestContext) {
  const { url, pool } = await testDatabase(t, database.migrations)
  const { ask, post } = await startInProcess(t, service, { DATABASE_URL: url, DATABASE_POOL_SIZE: '20' })
  const calculate = (body: unknown, headers?: Record<string, string>) =>
    post('/commissions/calculate', body, headers)
  const approve = (body: unknown, headers?: Record<string, string>) =>
    post('/commissions/approve', body, headers)
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
