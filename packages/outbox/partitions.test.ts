import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { enqueue } from './enqueue.ts'
import { outboxHarness } from './outboxHarness.ts'

const event = { topic: 't', type: 'happened', payload: 1 }

/** How many events each partition has, by days from today. */
async function eventsByDay(pool: pg.Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query(`
    select tableoid::regclass::text as name, count(*)::integer,
      to_date(substring(tableoid::regclass::text from '[0-9]{8}$'), 'YYYYMMDD') - (now() at time zone 'UTC')::date as day
    from outbox.event group by 1 order by 1`)
  return Object.fromEntries(rows.map(({ day, count }) => [day ?? 'default', count]))
}

async function partitionDays(pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query(`
    select to_date(substring(c.relname from '[0-9]{8}$'), 'YYYYMMDD') - (now() at time zone 'UTC')::date as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'outbox.event'::regclass and c.relname <> 'event_default' order by day`)
  return rows.map(({ day }) => day)
}

const recordOn = `insert into outbox.event (shard, event_id, topic, key, type, payload, created_at)
  values (0, gen_random_uuid(), 't', 'k', 'y', '1', now() + $1 * interval '1 day')`

test('without a partition for today events are recorded all the same, and the days that have none get theirs', async (t) => {
  const { pool } = await outboxHarness(t)
  const days = await partitionDays(pool)
  assert.deepEqual(
    days,
    Array.from({ length: 16 }, (_, i) => i - 1),
  )
  for (const day of days)
    await pool.query(`do $$ begin execute format('drop table outbox.%I',
      'event_' || to_char((now() at time zone 'UTC')::date + ${day}, 'YYYYMMDD')); end $$`)
  await enqueue(pool, [event])
  await enqueue(pool, [event, event])
  assert.deepEqual(await eventsByDay(pool), { default: 3 })
  const { rows } = await pool.query('select outbox.ensure_partitions(3) as made')
  assert.equal(rows[0].made, 4)
  assert.deepEqual(await partitionDays(pool), [-1, 1, 2, 3])
  await enqueue(pool, [event])
  assert.deepEqual(await eventsByDay(pool), { default: 4 })
})

test('a day of which a clock far ahead has made events stays in the default partition when it comes', async (t) => {
  const { pool } = await outboxHarness(t)
  await pool.query(recordOn, [17])
  await pool.query(recordOn, [400])
  const { rows } = await pool.query('select outbox.ensure_partitions(18) as made')
  assert.equal(rows[0].made, 3)
  assert.deepEqual((await partitionDays(pool)).slice(-3), [15, 16, 18])
  await pool.query(recordOn, [17])
  await pool.query(recordOn, [16])
  assert.deepEqual(await eventsByDay(pool), { default: 3, 16: 1 })
})

test('making partitions waits for no transaction for long, and makes them when it has ended', async (t) => {
  const { pool } = await outboxHarness(t)
  const writer = await pool.connect()
  await writer.query('begin')
  await writer.query(recordOn, [16])
  const made = async () => (await pool.query('select outbox.ensure_partitions(18) as made')).rows[0].made
  assert.equal(await made(), 0, 'its transaction has the default partition in use')
  assert.equal((await enqueue(pool, [event])).length, 1)
  await writer.query('commit')
  writer.release()
  assert.equal(await made(), 3)
  assert.deepEqual((await partitionDays(pool)).slice(-3), [15, 17, 18])
})

test('a partition in use is not detached, and nobody waits for it for long', async (t) => {
  const { pool } = await outboxHarness(t)
  const writer = await pool.connect()
  await writer.query('begin')
  await enqueue(writer, [event])
  const detach = async () =>
    (
      await pool.query(`select outbox.detach_partition('event_' ||
      to_char((now() at time zone 'UTC')::date - 1, 'YYYYMMDD')) as detached`)
    ).rows[0].detached
  assert.equal(await detach(), false)
  await writer.query('commit')
  writer.release()
  assert.equal(await detach(), true)
  assert.deepEqual((await partitionDays(pool))[0], 0)
})
