import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AcknowledgementWatcher } from './acknowledgementWatcher.ts'
import { enqueue } from './enqueue.ts'
import type { Queryable, RecordedEvent } from './event.ts'
import { outboxHarness } from './outboxHarness.ts'

const event = { topic: 't', type: 'happened', payload: 1 }
const someEvent: RecordedEvent = { id: 1, eventId: 'e', xid: 1n, shard: 0, createdAt: new Date() }

/** The statements that went through a client. */
function counting(client: Queryable) {
  const statements: string[] = []
  const query = (text: string, values?: unknown[]) => {
    statements.push(text)
    return client.query(text, values)
  }
  return { client: { query }, statements }
}

/** Does what a relay does when Kafka has acknowledged everything there is. */
const publishAll = 'update outbox.stored_cursor set published = pg_current_snapshot()'

test('an event is E as soon as the cursor of its shard has passed it, and others go on waiting', async (t) => {
  const { pool } = await outboxHarness(t)
  const watcher = new AcknowledgementWatcher(pool)
  const [sent, other] = await enqueue(pool, [
    { ...event, key: 'a' },
    { ...event, key: 'b' },
  ])
  assert.ok(sent && other && sent.shard !== other.shard)
  const waiting = watcher.wait(other, 300)
  const acknowledged = watcher.wait(sent, 10_000)
  await pool.query(`${publishAll} where shard = $1`, [sent.shard])
  assert.equal(await acknowledged, 'E')
  assert.equal(await waiting, 'P')
})

test('an event in a page that the broker does not take is X', async (t) => {
  const { pool } = await outboxHarness(t)
  const watcher = new AcknowledgementWatcher(pool)
  const [recorded] = await enqueue(pool, [event])
  assert.ok(recorded)
  const waiting = watcher.wait(recorded, 10_000)
  await pool.query(
    'update outbox.stored_cursor set target = pg_current_snapshot(), target_seq = 0, failing_id = $1, attempts = 1',
    [recorded.id],
  )
  assert.equal(await waiting, 'X')
})

test('an event that waits behind a refused one of its key is P', async (t) => {
  const { pool } = await outboxHarness(t)
  const watcher = new AcknowledgementWatcher(pool)
  const recorded = await enqueue(pool, [
    { ...event, key: 'k' },
    { ...event, key: 'k' },
  ])
  await pool.query(
    `insert into outbox.quarantined_event (id, xid, shard, event_id, topic, key, type, payload, created_at, attempts)
     select id, xid, shard, event_id, topic, key, type, payload, created_at, case when id = $1 then 1 else 0 end
     from outbox.event`,
    [recorded[0]?.id],
  )
  await pool.query(publishAll)
  const states = await Promise.all(recorded.map((each) => watcher.wait(each, 200)))
  assert.deepEqual(states, ['X', 'P'])
})

test('however many wait, each look is one query, and none is sent when nobody waits', async (t) => {
  const { pool } = await outboxHarness(t)
  const { client, statements } = counting(pool)
  const watcher = new AcknowledgementWatcher(client)
  const recorded = await enqueue(
    pool,
    Array.from({ length: 100 }, () => event),
  )
  await pool.query(publishAll)
  const states = await Promise.all(recorded.map((each) => watcher.wait(each, 10_000)))
  assert.deepEqual(new Set(states), new Set(['E']))
  const looks = statements.filter((text) => text.includes('event_state'))
  assert.ok(looks.length <= 2, `${looks.length} looks`) // the first may have begun with one event
  const before = statements.length
  await pool.query('select pg_sleep(0.05)')
  assert.equal(statements.length, before)
})

test('a look that fails is reported and tried again', async (t) => {
  const { pool } = await outboxHarness(t)
  const errors: unknown[] = []
  let failures = 1
  const shaky: Queryable = {
    query: (text, values) => (failures-- > 0 ? Promise.reject(new Error('lost')) : pool.query(text, values)),
  }
  const watcher = new AcknowledgementWatcher(shaky, { onError: (error) => errors.push(error) })
  const [recorded] = await enqueue(pool, [event])
  assert.ok(recorded)
  await pool.query(publishAll)
  assert.equal(await watcher.wait(recorded, 10_000), 'E')
  assert.equal(errors.length, 1)
})

test('with the database gone the answer is P at the deadline', async () => {
  const gone: Queryable = { query: () => Promise.reject(new Error('gone')) }
  assert.equal(await new AcknowledgementWatcher(gone).wait(someEvent, 30), 'P')
})

test('stopping answers P at once to all who wait', async () => {
  const silent: Queryable = { query: () => new Promise(() => {}) }
  const watcher = new AcknowledgementWatcher(silent)
  const waiting = [watcher.wait(someEvent, 60_000), watcher.wait({ ...someEvent, id: 2 }, 60_000)]
  watcher.stop()
  assert.deepEqual(await Promise.all(waiting), ['P', 'P'])
})
