import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '@relevo/testing'
import pg from 'pg'
import { enqueue } from './index.ts'
import { outboxHarness } from './outboxHarness.ts'

const event = (key: string) => ({ topic: 't', type: 'y', payload: 1, key })

/** A relay's session: listens, and says of shards that it sleeps. */
async function sleeper(t: TestContext, { pool, url }: Awaited<ReturnType<typeof outboxHarness>>) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // its database is dropped before it ends
  t.after(() => client.end())
  await client.connect()
  const told: (string | undefined)[] = []
  client.on('notification', ({ payload }) => void told.push(payload))
  await client.query('listen outbox_wake')
  const sleep = (shard: number) => client.query('select pg_advisory_lock(1919247998, $1)', [shard])
  const wake = (shard: number) => client.query('select pg_advisory_unlock(1919247998, $1)', [shard])
  /** How often it was woken so far. */
  const wakes = async () => {
    const count = (payload: string) => told.filter((each) => each === payload).length
    const marks = count('mark')
    await pool.query(`select pg_notify('outbox_wake', 'mark')`) // behind all before
    await eventually(() => count('mark') > marks)
    return count('')
  }
  return { sleep, wake, wakes }
}

test('an event wakes the relay of its shard while that sleeps, and no other', async (t) => {
  const outbox = await outboxHarness(t)
  const { pool } = outbox
  const [recorded] = await enqueue(pool, [event('a')])
  const shard = recorded?.shard ?? -1
  const relay = await sleeper(t, outbox)
  assert.equal(await relay.wakes(), 0)
  await relay.sleep((shard + 1) % 16)
  await enqueue(pool, [event('a')])
  await enqueue(pool, [event('a'), event('a')])
  assert.equal(await relay.wakes(), 0)
  await relay.sleep(shard)
  await enqueue(pool, [event('a')])
  assert.equal(await relay.wakes(), 1)
  await enqueue(pool, [event('a'), event('a')])
  assert.equal(await relay.wakes(), 2)
  await relay.wake(shard)
  await enqueue(pool, [event('a')])
  assert.equal(await relay.wakes(), 2)
})

test('a transaction wakes it once, at its commit, and keeps it from nothing while it is open', async (t) => {
  const outbox = await outboxHarness(t)
  const { pool } = outbox
  const relay = await sleeper(t, outbox)
  for (let shard = 0; shard < 16; shard++) await relay.sleep(shard)
  const client = await pool.connect()
  await client.query('begin')
  for (const key of ['a', 'b', 'c']) await enqueue(client, [event(key)])
  assert.equal(await relay.wakes(), 0)
  for (let shard = 0; shard < 16; shard++) await relay.wake(shard)
  await enqueue(client, [event('d')])
  for (let shard = 0; shard < 16; shard++) await relay.sleep(shard)
  await client.query('commit')
  assert.equal(await relay.wakes(), 1)
  client.release()
})
