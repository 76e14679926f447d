import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterTest, eventually } from '@relevo/testing'
import pg from 'pg'
import { Registry } from 'prom-client'
import { append } from './append.ts'
import type { DomainEvent, StoredEvent } from './event.ts'
import { listBlocked, retryBlocked } from './sql/blockedStreams.ts'
import { readLag } from './sql/readLag.ts'
import { subscriptionHarness } from './subscriptionHarness.ts'

const happened = (n: number): DomainEvent => ({ type: 'happened', data: { n } })

test('every event of the categories takes effect once, those of a stream in order; others are not looked at', async (t) => {
  const { pool, start, effects, wants } = await subscriptionHarness(t)
  await append(pool, 'other-1', 0, [{ type: 'never heard of', data: 1 }])
  await append(pool, 's-1', 0, [happened(1), happened(2)])
  start()
  await append(pool, 's-2', 0, [happened(3), { type: 'noise', data: null }, happened(4)])
  await append(pool, 's-1', 2, [happened(5)])
  await wants(5)
  assert.deepEqual(await effects('s-1'), [1, 2, 5])
  assert.deepEqual(await effects('s-2'), [3, 4])
})

test('trap 12: an event with a lower number that is committed later takes effect', async (t) => {
  const { pool, start, open, effects, wants } = await subscriptionHarness(t)
  start()
  const late = await open()
  await append(late, 's-late', 0, [happened(1), happened(2)])
  await append(pool, 's-1', 0, [happened(3)])
  await wants(1)
  const { rows } = await pool.query(`
    select (select max(seq) from event_store.event) as seq, c.last_seq, c.published_seq
    from event_store.checkpoint('effects') c`)
  assert.ok(Number(rows[0].seq) > 0, 'the later number has been applied')
  await append(pool, 's-2', 0, [happened(4)])
  await wants(2)
  await late.commit()
  await wants(4)
  assert.deepEqual(await effects('s-late'), [1, 2])
})

test('trap 12: random writers that commit late or roll back, with replicas killed between any two pages: once each', async (t) => {
  const { pool, start, open, wants, effects, url } = await subscriptionHarness(t)
  const replicaPool = new pg.Pool({ connectionString: url, application_name: 'subscriber' })
  replicaPool.on('error', () => {})
  // One that is ended in the same moment as it connects is nobody's yet.
  replicaPool.on('connect', (client) => client.on('error', () => {}))
  afterTest(t, () => replicaPool.end())
  const replicas = [3, 2].map((pageRows) => start({ pool: replicaPool, pageRows }))
  const versions = new Map<string, number>()
  let expected = 0
  const writer = async (name: string) => {
    for (let round = 0; round < 12; round++) {
      const tx = await open()
      const at = versions.get(name) ?? 0
      const count = 1 + Math.floor(Math.random() * 3)
      const result = await append(
        tx,
        name,
        at,
        Array.from({ length: count }, (_, i) => happened(at + i + 1)),
      )
      assert.equal(result.outcome, 'appended')
      // Another writer commits in between, so that numbers and commits are in different orders.
      await new Promise((resolve) => setImmediate(resolve))
      if (Math.random() < 0.3) await tx.rollback()
      else {
        await tx.commit()
        versions.set(name, at + count)
        expected += count
      }
    }
  }
  // Ends the sessions of the replicas wherever they are: between two pages, in a transaction, at its end.
  let kills = 0
  const killer = async () => {
    for (let round = 0; round < 15; round++) {
      const { rows } = await pool.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'subscriber'`)
      kills += rows.length
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  await Promise.all([...Array.from({ length: 6 }, (_, n) => writer(`s-${n}`)), killer()])
  await wants(expected)
  assert.ok(kills > 0, 'sessions were killed')
  for (const [name, version] of versions)
    assert.deepEqual(
      await effects(name),
      Array.from({ length: version }, (_, i) => i + 1),
    )
  assert.ok(replicas.every((replica) => replica.status().blockedStreams === 0))
})

test('trap 13: a transaction that is open and idle holds nothing up', async (t) => {
  const { pool, start, open, effects, wants } = await subscriptionHarness(t)
  const idle = await open()
  await idle.query('select pg_current_xact_id()')
  const writer = await open()
  await append(writer, 's-held', 0, [happened(0)])
  start()
  for (let n = 1; n <= 20; n++) await append(pool, 's-1', n - 1, [happened(n)])
  await wants(20)
  assert.deepEqual(await effects('s-held'), [])
  assert.deepEqual((await readLag(pool, { name: 'effects', categories: ['s'] })).events, 0)
  await writer.commit()
  await wants(21)
})

test('a blocked stream does not wait for the hour that the clock of Postgres is set back by', async (t) => {
  const { pool, start, wants, subscription } = await subscriptionHarness(t)
  const first = start()
  await append(pool, 's-1', 0, [{ type: 'new', data: { n: 1 } }])
  await eventually(async () => (await listBlocked(pool, 'effects', 10)).length === 1)
  await first.stop()
  const later = "update event_store.blocked_stream set retry_at = retry_at + interval '1 hour'"
  assert.equal((await pool.query(later)).rowCount, 1)
  start({ subscription: { ...subscription, types: ['happened', 'new'] } })
  await wants(1)
})

test('trap 17: an unknown event stops its stream, with an alert, until the code knows it; others go on', async (t) => {
  const { pool, start, effects, wants, errors, subscription } = await subscriptionHarness(t)
  const registry = new Registry()
  const first = start({ registry, lagEveryMs: 0 })
  await append(pool, 's-1', 0, [happened(1), { type: 'new', data: { n: 2 } }, happened(3)])
  await append(pool, 's-2', 0, [happened(4)])
  await wants(2)
  await append(pool, 's-1', 3, [happened(5)])
  await append(pool, 's-2', 1, [happened(6)])
  await wants(3)
  await eventually(async () => (await listBlocked(pool, 'effects', 10))[0]?.passedVersion === 4)
  const [block] = await listBlocked(pool, 'effects', 10)
  assert.deepEqual(
    [block?.stream, block?.nextVersion, block?.passedVersion, block?.type, block?.code],
    ['s-1', 2, 4, 'new', 'unknownEvent'],
  )
  assert.deepEqual(await effects('s-1'), [1])
  assert.deepEqual(await effects('s-2'), [4, 6])
  assert.equal(errors.length, 1, 'one alert, not one a try')
  await eventually(async () =>
    /relevo_event_store_blocked_streams\{subscription="effects"\} 1/.test(await registry.metrics()),
  )
  await first.stop()
  start({ subscription: { ...subscription, types: ['happened', 'new'] } })
  await wants(6)
  assert.deepEqual(await effects('s-1'), [1, 2, 3, 5])
  await eventually(async () => (await listBlocked(pool, 'effects', 10)).length === 0)
  await append(pool, 's-1', 4, [happened(7)])
  await wants(7)
})

test('trap 17: an event that cannot be applied stops its stream alone, and goes on when it can', async (t) => {
  const { pool, start, effects, wants, subscription } = await subscriptionHarness(t)
  let broken = true
  const apply: typeof subscription.apply = async (events, tx) => {
    await subscription.apply(events, tx)
    const poison = events.find(
      (event) => (event as StoredEvent<{ type: string; data: { n: number } }>).data.n === 3,
    )
    if (poison && broken) throw new Error('cannot')
  }
  await append(pool, 's-1', 0, [1, 2, 3, 4, 5].map(happened))
  await append(pool, 's-2', 0, [6, 7, 8].map(happened))
  start({ subscription: { ...subscription, apply } })
  await wants(5)
  assert.deepEqual(await effects('s-1'), [1, 2])
  const [block] = await eventually(async () => {
    const blocked = await listBlocked(pool, 'effects', 10)
    return (blocked[0]?.attempts ?? 0) > 1 && blocked
  })
  assert.deepEqual([block?.nextVersion, block?.code], [3, 'applyFailed'])
  // While it is blocked for certain: else its own retry may come first.
  assert.equal(await retryBlocked(pool, 'effects', 's-1'), 1)
  broken = false
  await wants(8)
  assert.deepEqual(await effects('s-1'), [1, 2, 3, 4, 5])
})

test('an event that an upcaster cannot read stops its stream', async (t) => {
  const { pool, start, effects, wants } = await subscriptionHarness(t)
  const upcasters = {
    old: ({ data }: DomainEvent) => {
      if (data === null) throw new Error('no data')
      return { type: 'happened', data }
    },
  }
  start({ upcasters })
  await append(pool, 's-1', 0, [
    { type: 'old', data: { n: 1 } },
    { type: 'old', data: null },
  ])
  await append(pool, 's-2', 0, [happened(2)])
  await wants(2)
  assert.deepEqual(await effects('s-1'), [1])
  assert.equal((await listBlocked(pool, 'effects', 10))[0]?.code, 'upcastFailed')
})

test('a statement whose failure `apply` ignores counts as failed', async (t) => {
  const { pool, start, subscription } = await subscriptionHarness(t)
  const apply: typeof subscription.apply = async (_events, tx) => {
    await tx.query('select 1 / 0').catch(() => {})
  }
  start({ subscription: { ...subscription, apply } })
  await append(pool, 's-1', 0, [happened(1)])
  const [block] = await eventually(async () => {
    const blocked = await listBlocked(pool, 'effects', 10)
    return blocked.length > 0 && blocked
  })
  assert.equal(block?.code, 'applyFailed')
  assert.match(String(block?.error), /ignored/)
})

test('subscriptions are independent, and each has its own checkpoint', async (t) => {
  const { pool, start, effects, wants, subscription } = await subscriptionHarness(t)
  const failing = start({
    subscription: { ...subscription, name: 'failing', apply: () => Promise.reject(new Error('no')) },
  })
  start()
  await append(pool, 's-1', 0, [happened(1)])
  await wants(1)
  await eventually(() => failing.status().blockedStreams === 1)
  assert.deepEqual(await effects('s-1'), [1])
})

test('a store restored into another cluster stops its subscriptions until it is rebased; then they go on, once each', async (t) => {
  const { pool, start, wants, effects } = await subscriptionHarness(t)
  const before = start()
  await append(pool, 's-1', 0, [happened(1), happened(2)])
  await wants(2)
  await before.stop()
  await append(pool, 's-1', 2, [happened(3)])
  await append(pool, 's-2', 0, [happened(4), { type: 'noise', data: 0 }, happened(5)])
  await append(pool, 'other-1', 0, [happened(6)])
  await pool.query('update event_store.setting set system_identifier = 1')
  const subscriber = start()
  await eventually(() => subscriber.status().problem?.includes('event_store.rebase()') === true)
  await pool.query('select event_store.rebase()')
  await wants(5)
  await eventually(() => subscriber.status().blockedStreams === 0 && !subscriber.status().problem)
  await append(pool, 's-1', 3, [happened(7)])
  await wants(6)
  assert.deepEqual(await effects('s-1'), [1, 2, 3, 7])
})
