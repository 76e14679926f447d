import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audit } from '../index.ts'
import { eventually } from '../relayHarness.ts'
import { streams, walHarness } from './walHarness.ts'

const asMigrated = `drop publication if exists relevo_outbox; create publication relevo_outbox for table outbox.event
  with (publish = 'insert', publish_via_partition_root = true)`

const omissions = [
  { change: 'drop publication relevo_outbox', says: 'it does not exist' },
  {
    change: 'alter publication relevo_outbox drop table outbox.event',
    says: 'it does not contain outbox.event',
  },
  { change: `alter publication relevo_outbox set (publish = 'update')`, says: 'it does not publish inserts' },
  {
    change: 'alter publication relevo_outbox set (publish_via_partition_root = false)',
    says: 'publish_via_partition_root is off',
  },
  {
    change: `alter publication relevo_outbox set table outbox.event where (shard <> 3 and shard <> 5)`,
    says: 'it publishes only rows where',
  },
  {
    change: 'alter publication relevo_outbox set table outbox.event (xid, id, shard, event_id, created_at)',
    says: 'it leaves out the columns topic, key, partition_key, type, headers, payload',
  },
]

test('a publication that no longer shows every event under the stream: the table is read, until it is as it was', async (t) => {
  const harness = await walHarness(t)
  const { startWalRelay, record, states, pool, payloads } = harness
  const relay = startWalRelay()
  let recorded = 0
  const recordSome = async (count: number) => {
    for (let i = 0; i < count; i++) await record({ key: `k${recorded % 20}`, payload: recorded++ })
  }
  const allSent = () => eventually(async () => (await states()).E === recorded, `${recorded} events sent`)
  for (const { change, says } of omissions) {
    await streams(relay)
    await recordSome(5)
    await allSent()
    await pool.query(change)
    await recordSome(20)
    await eventually(async () => relay.status().stream?.problem?.includes(says), `${change}: ${says}`)
    await allSent()
    await pool.query(asMigrated)
    await recordSome(1)
  }
  await streams(relay)
  await allSent()
  const sent = [...(await payloads()).values()]
  assert.deepEqual(
    [...new Set(sent.flat())].sort((a, b) => a - b),
    Array.from({ length: recorded }, (_, i) => i),
  )
  for (const values of sent)
    assert.deepEqual(
      firstTimes(values),
      [...firstTimes(values)].sort((a, b) => a - b),
    )
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('events that a stream passes over while its publication looks as it should are found in the table', async (t) => {
  const { startWalRelay, record, states, pool, topic, payloads, metric, registry } = await walHarness(t)
  const relay = startWalRelay({ registry })
  await streams(relay)
  await record({ key: 'a', payload: 1 })
  // Nobody ever sees the publication without the table, but the stream leaves this transaction out.
  await pool.query(`begin; alter publication relevo_outbox drop table outbox.event;
    select outbox.enqueue_one(gen_random_uuid(), '${topic}', 'b', null, 't', null, '2');
    alter publication relevo_outbox add table outbox.event; commit`)
  await record({ key: 'c', payload: 3 })
  await eventually(async () => (await states()).E === 3, 'all events sent')
  assert.deepEqual([...new Set([...(await payloads()).values()].flat())].sort(), [1, 2, 3])
  await eventually(
    async () => (await metric('relevo_relay_streams_left_total')) === 1,
    'the stream left once',
  )
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
  await streams(relay)
})

test('a stream that is idle is held to the table, too: what it passes over is found without another event', async (t) => {
  const { startWalRelay, states, pool, topic } = await walHarness(t)
  const relay = startWalRelay()
  await streams(relay)
  await pool.query(`begin; alter publication relevo_outbox drop table outbox.event;
    select outbox.enqueue_one(gen_random_uuid(), '${topic}', 'a', null, 't', null, '1');
    alter publication relevo_outbox add table outbox.event; commit`)
  await eventually(async () => (await states()).E === 1, 'the event sent')
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('a stream that shows nothing for too long is left, though everything about it looks as it should', async (t) => {
  const { startWalRelay, record, states, pool, metric, registry } = await walHarness(t)
  const relay = startWalRelay({ registry }, { silenceMs: 300 })
  await streams(relay)
  await record({ key: 'a' })
  await eventually(async () => (await states()).E === 1, 'the first event sent')
  const { rows } = await pool.query(
    `select pid from pg_stat_activity where application_name = 'relevo relay stream' and datname = current_database()`,
  )
  assert.equal(rows.length, 1)
  process.kill(rows[0].pid, 'SIGSTOP')
  try {
    await record({ key: 'b' })
    await eventually(async () => (await states()).E === 2, 'the event sent from the table')
    assert.match(relay.status().stream?.problem ?? '', /has shown nothing for 300 ms/)
  } finally {
    process.kill(rows[0].pid, 'SIGCONT')
  }
  assert.equal(await metric('relevo_relay_streams_left_total'), 1)
})

test('an audit that finds newly missing events keeps the relay at the table until it finds no more of them', async (t) => {
  const { startWalRelay, record, states } = await walHarness(t)
  const relay = startWalRelay()
  await streams(relay)
  relay.heedAudit(2)
  await eventually(async () => relay.status().stream?.problem?.includes('2 events more'), 'the reason')
  await record({ key: 'a' })
  await eventually(async () => (await states()).E === 1, 'the event sent')
  assert.equal(relay.status().stream?.reading, false)
  relay.heedAudit(0)
  await streams(relay)
})

function firstTimes(values: readonly number[]): number[] {
  return [...new Set(values)]
}
