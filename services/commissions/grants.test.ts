import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { inTransaction, loadConfig } from '@relevo/kit'
import { appPool, testDatabase } from '@relevo/testing'
import { approveCommission } from './commands/approveCommission.ts'
import { calculateCommission } from './commands/calculateCommission.ts'
import { config } from './config.ts'
import { database as declared } from './database.ts'
import { findCurrency } from './domain/currency.ts'
import { parsePercentage } from './domain/percentage.ts'

test('the service can do its work and cannot change the schema', async (t) => {
  const app = await appPool(t, await testDatabase(t, declared.migrations), declared.grants)

  const [currency, percentage] = [findCurrency('USD'), parsePercentage('12.5')]
  if (!currency || !percentage) assert.fail()
  const ids = { conversionId: randomUUID(), affiliateId: 'a', campaignId: 'c' }
  const conversion = { ...ids, gross: { minor: 100n, currency } }
  const approved = await inTransaction(app, async (client) => {
    const { commission } = await calculateCommission(client, conversion, percentage)
    return approveCommission(client, commission.id)
  })
  assert.ok(approved?.approvedAt)
  for (const statement of [
    'create table public.mine (n integer)',
    'drop table commission',
    'delete from outbox.event',
    'delete from relevo_migration',
  ])
    await assert.rejects(app.query(statement), { code: '42501' }, statement)
})

test('refuses a percentage that is none', () => {
  const env = { DATABASE_URL: 'postgres://localhost/x' }
  assert.equal(loadConfig(config, env).percentage, '12.5')
  for (const wrong of ['0', '100.1', '12,5', '1.00001'])
    assert.throws(() => loadConfig(config, { ...env, COMMISSION_PERCENTAGE: wrong }), {
      message: /COMMISSION_PERCENTAGE must be above 0 and at most 100/,
    })
})
