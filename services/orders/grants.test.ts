import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rebuildProjection } from '@relevo/event-store'
import { inTransaction } from '@relevo/kit'
import { appPool, silent, testDatabase } from '@relevo/testing'
import { cancelOrder } from './commands/changeStatus.ts'
import { placeOrder } from './commands/placeOrder.ts'
import { database as declared } from './database.ts'
import { createOrders } from './orders.ts'
import { someOrder } from './ordersHarness.ts'
import { projections } from './rebuild.ts'

test('the service can do its work, rebuild its read models, and cannot change the schema', async (t) => {
  const app = await appPool(t, await testDatabase(t, declared.migrations), declared.grants)

  const patience = { timeoutMs: 1_000, attempts: 1, forwardTimeoutMs: 1_000, stuckAfter: 1 }
  const orders = createOrders({ patience, currency: 'USD', logger: silent })
  const { id } = await inTransaction(app, (client) => placeOrder(client, orders, someOrder))
  const cancelled = await inTransaction(app, (client) => cancelOrder(client, orders, id, undefined))
  assert.equal(cancelled?.outcome, 'pending')
  for (const projection of projections)
    assert.deepEqual(await rebuildProjection({ pool: app, projection, logger: silent }), {
      outcome: 'switched',
    })
  assert.equal((await app.query('select from orders')).rowCount, 1)
  for (const statement of [
    'create table public.mine (n integer)',
    'drop table orders',
    'delete from outbox.event',
  ])
    await assert.rejects(app.query(statement), { code: '42501' }, statement)
})
