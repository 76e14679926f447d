import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { AcknowledgementWatcher } from './acknowledgementWatcher.ts'
import { enqueue } from './enqueue.ts'
import { outboxHarness } from './outboxHarness.ts'
import { countByState } from './sql/countByState.ts'
import { listEvents } from './sql/listEvents.ts'

const settings = {
  DateStyle: 'SQL, DMY',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kathmandu',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  quote_all_identifiers: 'on',
  search_path: 'nowhere',
}

test('whatever the settings of the database, events are recorded, listed and kept', async (t) => {
  const { pool, url } = await outboxHarness(t)
  for (const [name, value] of Object.entries(settings))
    await pool.query(`do $$ begin execute format('alter database %I set ${name} = ${value === 'SQL, DMY' ? 'SQL, DMY' : `"${value}"`}',
      current_database()); end $$`)
  const other = new pg.Pool({ connectionString: url })
  other.on('error', () => {})
  t.after(() => other.end())
  assert.equal((await other.query('show datestyle')).rows[0].DateStyle, 'SQL, DMY')
  assert.equal(
    (await other.query('show standard_conforming_strings')).rows[0].standard_conforming_strings,
    'off',
  )

  const event = { topic: 't', key: 'k', type: 'y', headers: { a: '\\u"' }, payload: ['\\u0000', 1.5] }
  const recorded = [...(await enqueue(other, [event])), ...(await enqueue(other, [event, event]))]
  const { rows } = await pool.query('select created_at from outbox.event order by id')
  assert.deepEqual(
    recorded.map(({ createdAt }) => createdAt),
    rows.map((row) => row.created_at),
  )
  await assert.rejects(
    other.query(`select outbox.enqueue_one(gen_random_uuid(), 't', 'k', null, 'y', null, $1)`, ['"\\ud800"']),
    { code: 'OB002' },
  )
  const { events } = await listEvents(other, { limit: 10 })
  assert.deepEqual(
    events.map(({ createdAt, payload }) => ({ createdAt, payload })),
    recorded.map(({ createdAt }) => ({ createdAt, payload: JSON.stringify(event.payload) })).reverse(),
  )
  assert.deepEqual(await countByState(other), { P: 3, E: 0, X: 0 })
  const last = "to_char((now() at time zone 'UTC')::date + 20, 'YYYYMMDD')"
  assert.equal((await other.query('select outbox.ensure_partitions(20) as made')).rows[0].made, 6)
  const { rows: found } = await other.query(`select to_regclass('outbox.event_' || ${last})::text as name`)
  assert.match(found[0].name, /event_/)
  await other.query('update outbox.stored_cursor set published = pg_current_snapshot()')
  assert.ok(recorded[0])
  assert.equal(await new AcknowledgementWatcher(other).wait(recorded[0], 10_000), 'E')
  assert.deepEqual((await other.query('select * from outbox.rebase()')).rows, [
    { pending: '0', published: '3' },
  ])
})
