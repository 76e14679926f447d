import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enqueue, outboxMigrations } from '@relevo/outbox'
import { Maintenance } from '@relevo/relay'
import { eventually, silent, testDatabase } from '@relevo/testing'
import { runCommand } from '../runCommand.ts'

const unknown = '00000000-0000-4000-8000-000000000000'

test('a preview says what is left out: in the quarantine, dropped by retention, not sent yet, never recorded', async (t) => {
  const { url, pool } = await testDatabase(t, [outboxMigrations])
  const relevo = async (...words: string[]) => {
    const lines: string[] = []
    const add = (text: string) => lines.push(text)
    const code = await runCommand(words, { DATABASE_URL: url }, { out: add, err: add })
    return { code, text: lines.join('\n') }
  }
  const event = (key: string) => ({ topic: 'orders', type: 'order.placed', key, payload: {} })
  await pool.query(`
    create table outbox.event_20200101 (like outbox.event including defaults including generated);
    alter table outbox.event attach partition outbox.event_20200101
      for values from ('2020-01-01 00:00+00') to ('2020-01-02 00:00+00');
    insert into outbox.event (shard, event_id, topic, key, type, payload, created_at)
    values (0, gen_random_uuid(), 'orders', 'old', 't', '1', '2020-01-01 12:00+00')`)
  const recorded = await enqueue(pool, [event('a'), event('b'), event('c')])
  // As a relay leaves it that sent two of them, and holds the third.
  await pool.query('update outbox.stored_cursor set published = pg_current_snapshot()')
  await pool.query(
    `insert into outbox.quarantined_event (id, xid, shard, event_id, topic, key, type, payload, created_at)
     select id, xid, shard, event_id, topic, key, type, payload, created_at from outbox.event where key = 'c'`,
  )
  const maintenance = new Maintenance(pool, silent)
  await eventually(async () => (await maintenance.keep()).length === 1, 'the partition dropped')
  await enqueue(pool, [event('d')])

  const whole = await relevo('republish', '--from', '2020-01-01T00:00:00Z')
  assert.equal(whole.code, 0)
  assert.match(whole.text, /^2 events of 2 keys in \d shards, recorded from /)
  assert.match(whole.text, /\n1 events of the span are not sent yet, and go out by themselves\.\n/)
  assert.match(whole.text, /\n1 are or were in the quarantine and are left out: see `relevo quarantine`\.\n/)
  assert.match(
    whole.text,
    /\nEvents before 20\d\d-.* were dropped with their partitions \(retention\) and are gone\.\n/,
  )
  assert.match(whole.text, /\nThe audit misses \d events: --settle-audit/)
  assert.match(whole.text, /\nNothing was sent\. Do it with --yes\.$/)

  const held = await relevo('republish', '--event', recorded[2]?.eventId ?? '', unknown)
  assert.equal(held.code, 1)
  assert.match(held.text, /^No published event is in the span\.\n1 are or were in the quarantine/)
  assert.match(held.text, new RegExp(`\nEvent ${unknown} is not in the outbox`))
  const json = await relevo('--json', 'republish', '--key', 'c')
  assert.deepEqual([json.code, JSON.parse(json.text).quarantined], [1, 1])
  assert.match((await relevo('republish', 'status')).text, /No such request/)
})
