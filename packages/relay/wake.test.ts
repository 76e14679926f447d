import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import pg from 'pg'
import { eventually, listProducer, relayHarness } from './relayHarness.ts'

/** In a test, never: what happens within it was woken. */
const neverMs = 3_600_000
const neverLooks = { minPollMs: neverMs, maxPollMs: neverMs }
const newEvent = { type: 'test.happened', payload: {} }

/** How many shards have a relay that an event wakes. */
async function marks(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(
    `select count(*)::integer as marks from pg_locks
     where locktype = 'advisory' and classid = 1919247998 and granted and mode = 'ExclusiveLock'
       and database = (select oid from pg_database where datname = current_database())`,
  )
  return rows[0].marks
}

async function heard(t: TestContext, databaseUrl: string): Promise<{ wakes: number }> {
  const listener = new pg.Client({ connectionString: databaseUrl })
  listener.on('error', () => {}) // its database is dropped before it ends
  t.after(() => listener.end())
  await listener.connect()
  const told = { wakes: 0 }
  listener.on('notification', () => {
    told.wakes += 1
  })
  await listener.query('listen outbox_wake')
  return told
}

test('a relay that sleeps publishes what was recorded before, and each event once its transaction commits', async (t) => {
  const { startRelay, record, states, pool, topic } = await relayHarness(t)
  await record({ key: 'before' })
  startRelay(neverLooks)
  await eventually(async () => (await states()).E === 1, 'what was there before')
  await eventually(async () => (await marks(pool)) === 16, 'the relay asleep')
  await record({ key: 'one' })
  await eventually(async () => (await states()).E === 2, 'one event sent')
  await eventually(async () => (await marks(pool)) === 16, 'the relay asleep again')
  await record({ key: 'a' }, { key: 'b' }, { key: 'c' })
  await eventually(async () => (await states()).E === 5, 'several events sent')
  await eventually(async () => (await marks(pool)) === 16, 'the relay asleep again')

  const client = await pool.connect()
  await client.query('begin')
  await enqueue(client, [{ ...newEvent, topic, key: 'a' }])
  await client.query('rollback')
  await client.query('begin')
  await enqueue(client, [{ ...newEvent, topic, key: 'a' }])
  assert.equal((await states()).E, 5)
  await client.query('commit')
  client.release()
  await eventually(async () => (await states()).E === 6, 'the event sent that was committed')
})

test('relays that share an outbox mark what is theirs', async (t) => {
  const { startRelay, stopRelay, record, states, pool } = await relayHarness(t)
  const options = { minPollMs: 60, maxPollMs: 60, leaseMs: 500 }
  const first = startRelay(options)
  await eventually(async () => (await marks(pool)) === 16, 'the first asleep')
  const second = startRelay(options)
  await eventually(() => second.status().shards.length === 8 && first.status().shards.length === 8)
  await eventually(async () => (await marks(pool)) === 16, 'both asleep')
  await stopRelay(first)
  await eventually(() => second.status().shards.length === 16)
  await eventually(async () => (await marks(pool)) === 16, 'the second asleep')
  await record({ key: 'a' })
  await eventually(async () => (await states()).E === 1)
})

test('while Kafka takes nothing no transaction pays for a wake-up', async (t) => {
  const { startRelay, record, states, pool, databaseUrl } = await relayHarness(t)
  const told = await heard(t, databaseUrl)
  let isAway = true
  const list = listProducer(() => {})
  const send = async () => {
    if (isAway) throw new Error('away, on purpose')
  }
  const producer = { ...list, send, prepare: () => send }
  const relay = startRelay({ producer, minPollMs: 60, maxPollMs: 60, retry: { initialMs: 20, maxMs: 50 } })
  await eventually(async () => (await marks(pool)) === 16, 'the relay asleep')
  await record({ key: 'a' })
  await eventually(async () => relay.status().stalledShards.length > 0 && (await marks(pool)) === 0)
  const { wakes } = told
  await record({ key: 'a' }, { key: 'b' })
  await pool.query(`select pg_notify('outbox_wake', 'the last')`)
  await eventually(() => told.wakes > wakes)
  assert.equal(told.wakes, wakes + 1)
  isAway = false
  await eventually(async () => (await states()).E === 3)
})
