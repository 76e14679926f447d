import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
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
  await drops(maintenance, ['event_20200101'])
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

/** Makes the partition of a day with so many events of the shards 0 to 15 in it. */
async function recordOn(pool: pg.Pool, topic: string, day: string, events: number): Promise<void> {
  const name = `outbox.event_${day.replaceAll('-', '')}`
  const { rows } = await pool.query('select to_regclass($1) is null as missing', [name])
  if (rows[0].missing)
    await pool.query(`create table ${name} (like outbox.event including defaults including generated);
      alter table outbox.event attach partition ${name}
        for values from ('${day} 00:00+00') to (timestamptz '${day} 00:00+00' + interval '24 hours')`)
  await pool.query(
    `insert into outbox.event (shard, event_id, topic, key, type, payload, created_at)
     select i % 16, gen_random_uuid(), $1, 'k' || i, 't', '1', ($2 || ' 12:00+00')::timestamptz
     from generate_series(1, $3) i`,
    [topic, day, events],
  )
}

/** What a clock that is set ahead by so many days makes of the times of before; one that is set back by negative ones. */
async function setClockAhead(pool: pg.Pool, days: number): Promise<void> {
  await pool.query(
    `update outbox.setting set retention_at = retention_at - make_interval(days => $1),
       retention_clock = retention_clock - make_interval(days => $1)`,
    [days],
  )
}

async function daysAgo(pool: pg.Pool, days: number): Promise<string> {
  const { rows } = await pool.query(`select ((now() at time zone 'UTC')::date - $1::integer)::text as day`, [
    days,
  ])
  return rows[0].day
}

/** A table that is in use keeps its partitions until a later round. */
async function drops(maintenance: Maintenance, names: readonly string[]): Promise<void> {
  const dropped: string[] = []
  await eventually(
    async () => dropped.push(...(await maintenance.keep())) >= names.length,
    'the partitions dropped',
  )
  assert.deepEqual(dropped, names)
}

test('the audit is clean after a clock that went back years: events of days that were counted come late', async (t) => {
  const { startRelay, record, states, pool, topic } = await relayHarness(t)
  startRelay()
  let sent = 0
  const sends = async (events: number) => {
    sent += events
    await eventually(async () => (await states()).E === sent, `${sent} events sent`)
    for (const open of [100_000, 0, 0])
      for (const row of await audit(pool, open)) assert.equal(row.difference, 0, JSON.stringify(row))
  }
  await recordOn(pool, topic, '2020-01-01', 40)
  await sends(40)
  await recordOn(pool, topic, '2020-01-01', 20)
  await sends(20)
  await record({ key: 'a' })
  await sends(1)
  await recordOn(pool, topic, '2020-01-02', 10)
  await recordOn(pool, topic, '2020-01-01', 10)
  await sends(20)

  const maintenance = new Maintenance(pool, silent)
  await drops(maintenance, ['event_20200101', 'event_20200102'])
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
  await record({ key: 'a' })
  await eventually(async () => (await states()).E === 2, 'the last event sent')
  const rows = await audit(pool)
  assert.equal(
    rows.reduce((sum, { recorded }) => sum + recorded, 0),
    sent + 1,
  )
  for (const row of rows) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('a partition that cannot be dropped fails the round with its reason, and leaves a sound connection and a clean audit', async (t) => {
  const { startRelay, states, pool, topic, databaseUrl } = await relayHarness(t)
  startRelay()
  await recordOn(pool, topic, '2020-01-01', 16)
  await eventually(async () => (await states()).E === 16, '16 events sent')
  for (const row of await audit(pool, 0)) assert.equal(row.difference, 0, JSON.stringify(row))
  await pool.query('alter table outbox.event detach partition outbox.event_20200101')
  const reader = new pg.Client({ connectionString: databaseUrl })
  const timedPool = new pg.Pool({ connectionString: databaseUrl, max: 1, statement_timeout: 300 })
  reader.on('error', () => {})
  timedPool.on('error', () => {})
  t.after(() => Promise.all([reader.end(), timedPool.end()]))
  await reader.connect()
  await reader.query('begin; select count(*) from outbox.event_20200101')
  const maintenance = new Maintenance(timedPool, silent)
  const timedOut = (error: unknown) => error instanceof Error && 'code' in error && error.code === '57014'
  await assert.rejects(maintenance.keep(), timedOut)
  assert.deepEqual((await timedPool.query('select 1 as sound')).rows, [{ sound: 1 }])
  await reader.query('commit')
  await drops(maintenance, ['event_20200101'])
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('events of days without a partition are published, counted and forgotten like all others', async (t) => {
  const { startRelay, record, states, pool, topic, databaseUrl } = await relayHarness(t)
  // A clock that was 20 days ahead for a moment, then 40 days behind.
  await pool.query(
    `insert into outbox.event (shard, event_id, topic, key, type, payload, created_at)
     select i % 16, gen_random_uuid(), $1, 'k' || i, 't', '1', now() + days * interval '1 day'
     from generate_series(1, 10) i, unnest(array[20, -40]) days`,
    [topic],
  )
  await record({ key: 'k1' })
  const client = openSqlClient({
    connectionString: databaseUrl,
    applicationName: 't',
    timeoutMs: 5_000,
    onError() {},
  })
  t.after(() => client.end())
  const maintenance = new Maintenance(client, silent, { partitionsAheadDays: 25, retentionDays: 30 })
  const kept = async () =>
    (await pool.query('select count(*)::integer from outbox.event_default')).rows[0].count
  assert.deepEqual(await maintenance.keep(), [])
  assert.equal(await kept(), 20, 'none is published yet')

  startRelay()
  await eventually(async () => (await states()).E === 21, '21 events sent')
  for (const row of await audit(pool, 0)) assert.equal(row.difference, 0, JSON.stringify(row))
  assert.deepEqual(await maintenance.keep(), [])
  assert.equal(await kept(), 10, 'those of 40 days ago are gone')
  assert.deepEqual(await states(), { E: 11 })
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})

test('a clock far ahead drops no day that is not over: retention catches up by two days a day, and follows the clock back', async (t) => {
  const { startRelay, states, pool, topic } = await relayHarness(t)
  startRelay()
  const day = await daysAgo(pool, 10)
  await recordOn(pool, topic, day, 16)
  // In the default partition.
  await pool.query(
    `insert into outbox.event (shard, event_id, topic, key, type, payload, created_at)
     select i % 16, gen_random_uuid(), $1, 'k' || i, 't', '1', now() - interval '204 hours' from generate_series(1, 16) i`,
    [topic],
  )
  await eventually(async () => (await states()).E === 32, '32 events sent')
  const warnings: string[] = []
  const logger = { ...silent, warn: (_: object, message: string) => void warnings.push(message) }
  const maintenance = new Maintenance(pool, logger, { retentionDays: 3 })
  const keptAfter = async (days: number) => {
    await setClockAhead(pool, days)
    await maintenance.keep()
    return (await states()).E ?? 0
  }
  // What was today when the clock was right is ten days ago by the clock.
  assert.equal(await keptAfter(10), 32)
  assert.match(warnings[0] ?? '', /jumped ahead/)
  const kept: number[] = []
  // Retention counts from 10 days ago, and from a day later after each day: the three days of the first are over on the fourth.
  for (const days of [0, 1, 1, 1]) kept.push(await keptAfter(days))
  assert.deepEqual(kept, [32, 32, 32, 32])
  await setClockAhead(pool, 1)
  await drops(maintenance, [`event_${day.replaceAll('-', '')}`])
  assert.deepEqual(
    [(await states()).E, await keptAfter(1)],
    [16, 0],
    'and those of the default partition on the fifth',
  )

  // The times of before are in the future of a clock that was set back.
  await setClockAhead(pool, -10)
  const [expired, recent] = [await daysAgo(pool, 5), await daysAgo(pool, 2)]
  await recordOn(pool, topic, expired, 16)
  await recordOn(pool, topic, recent, 16)
  await eventually(async () => (await states()).E === 32, '32 more events sent')
  await drops(maintenance, [`event_${expired.replaceAll('-', '')}`])
  assert.deepEqual(await states(), { E: 16 })
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})
