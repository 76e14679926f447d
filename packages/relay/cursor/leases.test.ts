import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { RelayError } from '../relayError.ts'
import { relayHarness, silent } from '../relayHarness.ts'
import { openSqlClient } from '../sqlClient.ts'
import { type LeaseOptions, Leases } from './leases.ts'

const allShards = Array.from({ length: 16 }, (_, shard) => shard)

async function leasesHarness(t: TestContext) {
  const { databaseUrl, pool } = await relayHarness(t)

  async function withLeases<T>(
    { path, ...options }: Partial<LeaseOptions> & { path?: string },
    work: (leases: Leases) => Promise<T>,
  ): Promise<T> {
    const client = openSqlClient({
      connectionString: databaseUrl,
      applicationName: 'leases test',
      timeoutMs: 5_000,
      onError: () => {},
    })
    try {
      if (path) await client.query(`set search_path = ${path}`)
      return await work(new Leases(client, silent, { leaseMs: 10_000, owner: 'a', ...options }))
    } finally {
      await client.end()
    }
  }

  return { pool, withLeases }
}

test('a relay alone takes every shard, and a second one finds none free', async (t) => {
  const { withLeases } = await leasesHarness(t)
  await withLeases({ owner: 'a' }, async (a) => {
    const rows = await a.take(16)
    assert.deepEqual(
      [...a.shards].sort((x, y) => x - y),
      allShards,
    )
    assert.ok(rows.every((row) => row.epoch === '1'))
    await withLeases({ owner: 'b' }, async (b) => {
      assert.deepEqual(await b.take(16), [])
      assert.equal(b.fairShare(16), 8)
      await a.release([3, 4])
      assert.deepEqual(
        (await b.take(16)).map((row) => [row.shard, row.epoch]),
        [
          [3, '2'],
          [4, '2'],
        ],
      )
    })
  })
})

test('what a relay hands over is free at once, and it has no share any more', async (t) => {
  const { withLeases } = await leasesHarness(t)
  await withLeases({ owner: 'a' }, async (a) => {
    await a.take(16)
    await a.handOver()
    assert.throws(
      () => a.assertHeld([0]),
      (error) => error instanceof RelayError && error.code === 'leaseLost',
    )
    await withLeases({ owner: 'b' }, async (b) => {
      assert.equal((await b.take(16)).length, 16)
    })
  })
})

test('a relay is forgotten before its shards come free, so that who hears of it takes them all', async (t) => {
  const { withLeases, pool } = await leasesHarness(t)
  await pool.query(`create table public.seen as select 0 as relays where false`)
  await pool.query(`create function look() returns trigger language plpgsql as $$ begin
    if new.owner is null then insert into public.seen select count(*) from outbox.relay; end if; return new; end $$`)
  await pool.query(
    'create trigger look before update on outbox.stored_cursor for each row execute function look()',
  )
  await withLeases({ owner: 'a' }, async (a) => {
    await a.take(16)
    await a.handOver()
  })
  const { rows } = await pool.query('select distinct relays::integer from seen')
  assert.deepEqual(rows, [{ relays: 0 }])
})

test('a session that resumes its leases shuts out what is still under way in the one before', async (t) => {
  const { withLeases } = await leasesHarness(t)
  const before = await withLeases({}, (leases) => leases.take(16))
  const after = await withLeases({}, (leases) => leases.resume())
  assert.equal(after.length, 16)
  const epochs = new Map(before.map((row) => [row.shard, BigInt(row.epoch)]))
  for (const row of after) assert.equal(BigInt(row.epoch), (epochs.get(row.shard) ?? 0n) + 1n)
})

test('shares are looked after without a statement after a renewal, until another relay tells of its end', async (t) => {
  const { withLeases, pool } = await leasesHarness(t)
  const seenAt = async () =>
    String((await pool.query('select seen_at::text from outbox.relay')).rows[0]?.seen_at)
  await withLeases({}, async (leases) => {
    await leases.take(16)
    const before = await seenAt()
    await leases.take(16, 60_000)
    assert.equal(await seenAt(), before)
    await leases.take(16)
    assert.notEqual(await seenAt(), before)
  })
})

test('a lease that ran out is not renewed, whether or not another relay took it', async (t) => {
  const { withLeases, pool } = await leasesHarness(t)
  await withLeases({}, async (leases) => {
    await leases.take(16)
    await pool.query(
      `update outbox.stored_cursor set lease_until = clock_timestamp() - interval '1 s' where shard < 4`,
    )
    await leases.renew()
    assert.deepEqual(
      [...leases.shards].sort((x, y) => x - y),
      allShards.slice(4),
    )
    assert.throws(() => leases.assertHeld([0]))
    leases.assertHeld([4])
    const again = await leases.take(16)
    assert.deepEqual(
      again.map((row) => [row.shard, row.epoch]),
      [
        [0, '2'],
        [1, '2'],
        [2, '2'],
        [3, '2'],
      ],
    )
  })
})

test('the clock goes back an hour: the shards of a dead relay are taken at once, and it counts no more', async (t) => {
  const { withLeases, pool } = await leasesHarness(t)
  await withLeases({ owner: 'dead' }, (dead) => dead.take(16))
  // What a clock that is set back by an hour makes of what was written before.
  await pool.query(`update outbox.stored_cursor set lease_until = lease_until + interval '1 hour'`)
  await pool.query(`update outbox.relay set seen_at = seen_at + interval '1 hour'`)
  await withLeases({ owner: 'b' }, async (b) => {
    const rows = await b.take(16)
    assert.deepEqual([rows.length, b.fairShare(16)], [16, 16])
    assert.ok(rows.every((row) => row.epoch === '2'))
  })
})

test('the clock goes ahead and back: a relay that lives keeps its shards, by leases of the usual length', async (t) => {
  const { withLeases, pool } = await leasesHarness(t)
  await withLeases({ owner: 'a' }, async (a) => {
    await a.take(16)
    await pool.query(`update outbox.stored_cursor set lease_until = lease_until + interval '1 hour'`)
    await a.renew()
    a.assertHeld(allShards)
    const { rows } = await pool.query(
      `select bool_and(lease_until <= clock_timestamp() + interval '10 s') as usual from outbox.cursor`,
    )
    assert.deepEqual(rows, [{ usual: true }])
    await withLeases({ owner: 'b' }, async (b) => assert.deepEqual(await b.take(16), []))
  })
})

test('shards are handed over also when NOTIFY fails', async (t) => {
  const { withLeases, pool } = await leasesHarness(t)
  await pool.query(`create function public.pg_notify(text, text) returns void language plpgsql as $$ begin
    raise exception 'too many notifications in the NOTIFY queue' using errcode = '54000'; end $$`)
  await withLeases({ owner: 'a', path: 'public, pg_catalog' }, async (a) => {
    await a.take(16)
    await a.handOver()
  })
  const { rows } = await pool.query(
    'select count(*)::integer as held from outbox.cursor where owner is not null',
  )
  assert.deepEqual(rows, [{ held: 0 }])
})
