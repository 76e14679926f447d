// The clock of Postgres is set back by an hour: everything that was stored before lies an hour further ahead.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InboxError } from './inboxError.ts'
import type { InboxHandlers } from './inboxEvent.ts'
import { createHarness, effectHandlers, eventually, range, testEvent } from './inboxHarness.ts'

const failing = (error: Error): InboxHandlers => ({
  test: {
    async handle() {
      throw error
    },
  },
})

test('held events do not wait for the hour', async (t) => {
  const h = await createHarness(t)
  await h.send(range(0, 3).map((n) => testEvent(h.topic, n)))
  const first = h.inbox({ handlers: failing(new Error('not yet')), retry: { attempts: 100 } })
  first.start()
  const held = 'select from inbox.held'
  await eventually(async () => (await h.pool.query(held)).rowCount === 3)
  await first.stop()
  const { rowCount } = await h.pool.query(`update inbox.held set failed_at = failed_at + interval '1 hour',
    held_at = held_at + interval '1 hour', next_attempt_at = next_attempt_at + interval '1 hour'`)
  assert.equal(rowCount, 3)
  h.inbox({ handlers: effectHandlers }).start()
  await eventually(async () => (await h.effects()).length === 3)
  assert.deepEqual(await h.effects(), [0, 1, 2])
})

test('copies of dead letters do not wait for the hour', async (t) => {
  const h = await createHarness(t)
  await h.send([testEvent(h.topic, 0)])
  const rejected = new InboxError('rejected', 'never')
  const first = h.inbox({ handlers: failing(rejected), deadLetterTopic: null })
  first.start()
  await eventually(() => first.stats().deadLetters === 1)
  await first.stop()
  const { rowCount } = await h.pool.query(
    "update inbox.dead_letter set publish_after = publish_after + interval '1 hour' where published_at is null",
  )
  assert.equal(rowCount, 1)
  h.inbox({ handlers: effectHandlers }).start()
  const published = 'select from inbox.dead_letter where published_at is not null'
  await eventually(async () => (await h.pool.query(published)).rowCount === 1)
})
