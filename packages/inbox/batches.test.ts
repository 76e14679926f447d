import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { z } from 'zod'
import { InboxError } from './inboxError.ts'
import { inboxBatch } from './inboxEvent.ts'
import { createHarness, effectHandlers, eventually, range, recordEffect, testEvent } from './inboxHarness.ts'

const schema = z.object({ n: z.number() })

test('a batch gets the events of a transaction together, in their order, at most as many as it is bounded to', async (t) => {
  const h = await createHarness(t)
  await h.send(range(0, 100).map((n) => testEvent(h.topic, n, { type: n % 2 ? 'odd' : 'even' })))
  const sizes: number[] = []
  const handlers = inboxBatch({ odd: schema, even: schema }, async (events, tx) => {
    sizes.push(events.length)
    for (const event of events) await recordEffect(event, tx)
  })
  h.inbox({ handlers, transactionEvents: 40 }).start()
  await h.caughtUp()
  assert.deepEqual(await h.effects(), range(0, 100))
  assert.ok(Math.max(...sizes) > 1, 'no batch had more than one event')
  assert.ok(Math.max(...sizes) <= 40)
  assert.match(await h.registry.metrics(), /processed_events_total\{consumer="[^"]+",type="odd"\} 50/)
})

test('events of a batch and those handled one by one keep the order in which they came', async (t) => {
  const h = await createHarness(t)
  await h.send(range(0, 60).map((n) => testEvent(h.topic, n, { type: n % 5 ? 'batched' : 'test' })))
  const handlers = {
    ...effectHandlers,
    ...inboxBatch({ batched: schema }, async (events, tx) => {
      for (const event of events) await recordEffect(event, tx)
    }),
  }
  h.inbox({ handlers }).start()
  await h.caughtUp()
  assert.deepEqual(await h.effects(), range(0, 60))
})

test('an event that fails in a batch is held alone, and the others take effect once', async (t) => {
  const h = await createHarness(t)
  let failing = true
  await h.send(range(0, 50).map((n) => testEvent(h.topic, n, { key: `key-${n}` })))
  const handlers = inboxBatch({ test: schema }, async (events, tx) => {
    for (const event of events) await recordEffect(event, tx)
    if (failing && events.some(({ data }) => data.n === 33)) throw new Error('not this one')
  })
  const inbox = h.inbox({ handlers, retry: { attempts: 100, initialMs: 10, maxMs: 20 } })
  inbox.start()
  await h.caughtUp()
  assert.deepEqual(
    (await h.effects()).toSorted((a, b) => a - b),
    range(0, 50).filter((n) => n !== 33),
  )
  failing = false
  await eventually(async () => (await h.effects()).length === 50)
  assert.equal(inbox.stats().deadLetters, 0)
})

test('an event that a batch rejects is a dead letter, and so is one that does not fit its schema', async (t) => {
  const h = await createHarness(t)
  const id = randomUUID()
  await h.send([
    testEvent(h.topic, 1),
    testEvent(h.topic, 2, { key: 'b', id }),
    testEvent(h.topic, 3, { key: 'c', value: '{"n":"three"}' }),
    testEvent(h.topic, 4, { key: 'd' }),
  ])
  const handlers = inboxBatch({ test: schema }, async (events, tx) => {
    for (const event of events) await recordEffect(event, tx)
    if (events.some(({ data }) => data.n === 2)) throw new InboxError('rejected', 'never')
  })
  h.inbox({ handlers }).start()
  await h.caughtUp()
  assert.deepEqual((await h.effects()).toSorted(), [1, 4])
  const letters = await h.rows<{ reason: string; event_id: string }>(
    'select reason, event_id::text from inbox.dead_letter order by reason',
  )
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['rejected', 'schemaViolation'],
  )
  assert.equal(letters[0]?.event_id, id)
})
