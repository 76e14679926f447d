import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHarness } from './inboxHarness.ts'

const partitions = `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'inbox.processed'::regclass order by 1`

test('partitions are there from yesterday to two weeks ahead, and old ones go with what they hold', async (t) => {
  const h = await createHarness(t)
  assert.equal((await h.rows(partitions)).length, 18)
  const [made] = await h.rows<{ made: number }>('select inbox.ensure_partitions(16) as made')
  assert.equal(made?.made, 2)
  await h.pool.query(`
    create table inbox.processed_20200101 partition of inbox.processed
      for values from (inbox.first_id('2020-01-01')) to (inbox.first_id('2020-01-02'));
    create table inbox.processed_20200102 partition of inbox.processed
      for values from (inbox.first_id('2020-01-02')) to (inbox.first_id('2020-01-03'));
    insert into inbox.processed values
      ('old', uuidv7('2020-01-01 12:00+00' - now()), '/s', now() - interval '31 days'),
      ('late', uuidv7('2020-01-02 12:00+00' - now()), '/s', now() - interval '29 days'),
      ('old', uuidv7('1999-01-01 12:00+00' - now()), '/s', now() - interval '31 days'),
      ('late', uuidv7('1999-01-01 12:00+00' - now()), '/s', now()),
      ('old', 'f0000000-0000-4000-8000-000000000000', '/s', now() - interval '31 days'),
      ('late', 'f0000000-0000-4000-8000-000000000000', '/s', now()),
      ('late', uuidv7(), '/s', now())`)
  assert.deepEqual(await h.rows('select inbox.maintain() as done'), [{ done: true }])
  assert.deepEqual(
    await h.rows('select consumer, count(*)::integer as left from inbox.processed group by 1'),
    [{ consumer: 'late', left: 4 }],
  )
  const names = (await h.rows<{ name: string }>(partitions)).map(({ name }) => name)
  assert.equal(names.includes('processed_20200101'), false)
  assert.equal(names.includes('processed_20200102'), true, 'what was finished late is forgotten early')
})

test('a clock far ahead forgets nothing at once: retention catches up by two days a day', async (t) => {
  const h = await createHarness(t)
  await h.pool.query(`
    create table inbox.processed_20200101 partition of inbox.processed
      for values from (inbox.first_id('2020-01-01')) to (inbox.first_id('2020-01-02'));
    insert into inbox.processed values
      ('c', uuidv7('2020-01-01 12:00+00' - now()), '/s', now() - interval '38 days 12 hours'),
      ('c', 'f0000000-0000-4000-8000-000000000000', '/s', now() - interval '38 days 12 hours')`)
  const keptAfter = async (days: number) => {
    // What a clock that is set ahead makes of the times of before.
    await h.pool.query(
      'update inbox.retention set trusted_at = trusted_at - make_interval(days => $1), clock_at = clock_at - make_interval(days => $1)',
      [days],
    )
    assert.deepEqual(await h.rows('select inbox.maintain() as done'), [{ done: true }])
    return (await h.rows('select from inbox.processed')).length
  }
  const kept: number[] = []
  // Trusted is 11 days behind, so 19 days of theirs are over, and from then on 2 more each day.
  for (const days of [11, 0, 1, 1, 1, 1]) kept.push(await keptAfter(days))
  assert.deepEqual(kept, [2, 2, 2, 2, 0, 0])
})

test('a day that the default partition has events of is left to it', async (t) => {
  const h = await createHarness(t)
  await h.pool.query(`insert into inbox.processed values ('c', uuidv7(interval '15 days'), '/s', now())`)
  assert.deepEqual(await h.rows('select inbox.ensure_partitions(16) as made'), [{ made: 1 }])
})

test('an id of version 7 is in the partition of its day', async (t) => {
  const h = await createHarness(t)
  await h.pool.query(`insert into inbox.processed select 'c', uuidv7(make_interval(days => n)), '/s'
    from generate_series(-1, 14) n`)
  const days = await h.rows(`select from inbox.processed
    where tableoid::regclass::text <> 'inbox.processed_' || to_char(uuid_extract_timestamp(event_id) at time zone 'UTC', 'YYYYMMDD')`)
  assert.deepEqual(days, [])
})

test('the role of a service keeps the tables in order without owning them', async (t) => {
  const h = await createHarness(t)
  const role = `service_${process.pid}_${Date.now()}`
  await h.pool.query(`
    create role ${role};
    grant usage on schema inbox to ${role};
    grant select, insert, update, delete on all tables in schema inbox to ${role}`)
  const client = await h.pool.connect()
  try {
    await client.query(`set role ${role}`)
    assert.deepEqual((await client.query('select inbox.maintain(20) as done')).rows, [{ done: true }])
    await assert.rejects(client.query('drop table inbox.held'), { code: '42501' })
  } finally {
    await client.query(`reset role; drop owned by ${role}; drop role ${role}`)
    client.release()
  }
})
