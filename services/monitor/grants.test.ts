import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { appPool, testDatabase } from '@relevo/testing'
import { toBoard } from './board.ts'
import { database } from './database.ts'
import { noFacts } from './domain/causes.ts'
import { loadWorld } from './loadWorld.ts'
import { noStats } from './probe/kafkaMeter.ts'
import { claimProbing } from './sql/claimProbing.ts'
import { dropOld } from './sql/dropOld.ts'
import { readFacts, storeStock } from './sql/facts.ts'
import { storeRound } from './storeRound.ts'

test('the service can do its work and cannot change the schema', async (t) => {
  const migrated = await testDatabase(t, database.migrations)
  const app = await appPool(t, migrated, database.grants)

  const owner = randomUUID()
  const claim = await claimProbing(app, owner, 10_000)
  assert.deepEqual([claim.held, claim.wasHeld], [true, false])
  assert.equal((await claimProbing(app, randomUUID(), 10_000)).held, false, 'one at a time')
  assert.equal((await claimProbing(app, owner, 10_000)).wasHeld, true)
  const world = await loadWorld(app, ['orders'], claim, 10_000)
  assert.equal(world.standings.size, 0)
  const now = claim.now.getTime()
  const reaches = { database: true, kafka: true }
  const board = toBoard({
    standings: new Map(),
    looks: new Map(),
    kafka: noStats,
    facts: noFacts,
    reaches,
    now,
  })
  const cause = {
    key: 'k',
    kind: 'service_down',
    severity: 'critical',
    subject: 'orders',
    message: 'm',
  } as const
  const alert = { ...cause, follows: ['postgres_down'], openedAt: now }
  const mail = { to: 'ops@example.com', language: 'es' } as const
  const changes = [
    { kind: 'health', service: 'orders', state: 'down', cause: 'refused', reason: 'nobody', since: now },
    { kind: 'alert_opened', at: now, alert },
  ] as const
  const round = { owner, at: claim.now, changes, board, mail }
  assert.equal(await storeRound(app, round), true)
  assert.equal(await storeRound(app, round), true, 'an answer that was lost')
  assert.equal(await storeRound(app, { ...round, owner: randomUUID() }), false)
  const counts = `select (select count(*) from health_interval)::int as intervals,
    (select count(*) from alert)::int as alerts, (select count(*) from outbox.event)::int as mails`
  assert.deepEqual((await migrated.pool.query(counts)).rows, [{ intervals: 1, alerts: 1, mails: 1 }])
  const again = await loadWorld(app, ['orders'], claim, 10_000)
  assert.equal(again.standings.get('orders')?.state, 'down')
  assert.deepEqual(
    [...again.alerts.open.values()],
    [{ cause: { ...cause, follows: ['postgres_down'] }, openedAt: now, clearSince: undefined }],
  )
  const low = { productId: 1, name: 'Lamp', available: 1, minimum: 5, at: claim.now }
  await storeStock(app, [low])
  assert.deepEqual((await readFacts(app, 5)).lowStock, [
    { productId: 1, name: 'Lamp', available: 1, minimum: 5 },
  ])
  await dropOld(app, 400)
  for (const statement of [
    'create table public.mine (n integer)',
    'drop table alert',
    'drop table inbox.held',
  ])
    await assert.rejects(app.query(statement), { code: '42501' }, statement)
})
