import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHarness } from './inboxHarness.ts'

const partitions = `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'inbox.processed'::regclass order by 1`

test('partitions are there from yesterday to two weeks ahead, and old ones go with what they hold', async (t) => {
  const h = await createHarness(t)
  assert.equal((await h.rows(partitions)).length, 17)
  const [made] = await h.rows<{ made: number }>('select inbox.ensure_partitions(16) as made')
  assert.equal(made?.made, 2)
  await h.pool.query(`
    create table inbox.processed_20200101 partition of inbox.processed
      for values from ('2020-01-01 00:00+00') to ('2020-01-02 00:00+00');
    insert into inbox.processed values
      ('c', gen_random_uuid(), '2020-01-01 12:00+00', now()),
      ('c', gen_random_uuid(), '1999-01-01 12:00+00', now() - interval '31 days'),
      ('c', gen_random_uuid(), '1999-01-01 12:00+00', now()),
      ('c', gen_random_uuid(), now(), now())`)
  assert.deepEqual(await h.rows('select inbox.maintain() as done'), [{ done: true }])
  assert.deepEqual(await h.rows('select count(*)::integer as left from inbox.processed'), [{ left: 2 }])
  assert.equal(
    (await h.rows<{ name: string }>(partitions)).some(({ name }) => name === 'processed_20200101'),
    false,
  )
})

test('a day that the default partition has events of is left to it', async (t) => {
  const h = await createHarness(t)
  await h.pool.query(
    `insert into inbox.processed values ('c', gen_random_uuid(), now() + interval '15 days')`,
  )
  assert.deepEqual(await h.rows('select inbox.ensure_partitions(16) as made'), [{ made: 1 }])
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
