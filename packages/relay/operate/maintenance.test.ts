import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audit, Maintenance } from '../index.ts'
import { eventually, relayHarness, silent } from '../relayHarness.ts'
import { openSqlClient } from '../sqlClient.ts'

test('partitions are made ahead; expired ones go when published, and stay while an event in them is due', async (t) => {
  const { startRelay, states, pool, topic, databaseUrl } = await relayHarness(t)
  await pool.query(`
    create table outbox.event_20200101 (like outbox.event including defaults including generated including generated);
    alter table outbox.event attach partition outbox.event_20200101 for values from ('2020-01-01 00:00+00') to ('2020-01-02 00:00+00');
    insert into outbox.event (shard, event_id, topic, key, type, payload, created_at)
    select i % 16, gen_random_uuid(), '${topic}', 'k' || i, 't', '1', '2020-01-01 12:00+00' from generate_series(1, 40) i`)
  const client = openSqlClient({
    connectionString: databaseUrl,
    applicationName: 't',
    timeoutMs: 5_000,
    onError() {},
  })
  t.after(() => client.end())
  const maintenance = new Maintenance(client, silent, { partitionsAheadDays: 20 })
  assert.deepEqual(await maintenance.keep(), [])
  const { rows } = await pool.query(`select to_regclass('outbox.event_' ||
    to_char((now() at time zone 'UTC')::date + 20, 'YYYYMMDD')) as last`)
  assert.ok(rows[0].last, 'a partition 20 days ahead')

  startRelay()
  await eventually(async () => (await states()).E === 40, '40 events sent')
  await eventually(async () => (await audit(pool)).every((row) => row.difference === 0), 'a clean audit')
  assert.deepEqual(await maintenance.keep(), ['event_20200101'])
  assert.deepEqual(await states(), {})
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('the audit sees an event that the cursor has passed and nobody published', async (t) => {
  const { startRelay, stopRelay, record, states, pool, topic } = await relayHarness(t)
  const relay = startRelay()
  await record({ key: 'a' })
  await eventually(async () => (await states()).E === 1, 'an event sent')
  await stopRelay(relay)
  await pool.query(
    `insert into outbox.event (xid, shard, event_id, topic, key, type, payload)
     values ('3', 5, gen_random_uuid(), $1, 'lost', 't', '1')`,
    [topic],
  )
  const differences = (await audit(pool)).filter((row) => row.difference !== 0)
  assert.deepEqual(
    differences.map(({ shard, difference }) => ({ shard, difference })),
    [{ shard: 5, difference: 1 }],
  )
})
