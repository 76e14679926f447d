import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createAdmin, type OutgoingRecord } from '@relevo/kafka'
import { InboxError } from './inboxError.ts'
import { createHarness, effectHandlers, eventually, range, recordEffect, testEvent } from './inboxHarness.ts'
import { redriveDeadLetters } from './operate/redriveDeadLetters.ts'

function withHeaders(event: OutgoingRecord, headers: Record<string, string | undefined>): OutgoingRecord {
  const entries = Object.entries({ ...event.headers, ...headers }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return { ...event, headers: Object.fromEntries(entries) }
}

test('an event is its source and id: without ce_time, or with another, it takes effect once', async (t) => {
  const h = await createHarness(t)
  const event = testEvent(h.topic, 1)
  await h.send([
    event,
    withHeaders(event, { ce_time: undefined }),
    { ...withHeaders(event, { ce_time: undefined }), timestamp: Date.now() - 86_400_000 },
    withHeaders(event, { ce_time: '2031-01-01T00:00:00Z' }),
    withHeaders(event, { ce_source: '/another' }),
  ])
  const inbox = h.inbox()
  inbox.start()
  await h.caughtUp()
  assert.deepEqual(await h.effects(), [1, 1])
  assert.equal(inbox.stats().duplicates, 3)
})

test('records that cannot be tried leave their id to the event, also when they are redriven', async (t) => {
  const h = await createHarness(t)
  const event = testEvent(h.topic, 1)
  await h.send([
    { ...event, value: 'no json' },
    { ...event, value: null },
    withHeaders(event, { ce_type: 'unknown' }),
    withHeaders(event, { ce_type: undefined }),
    event,
  ])
  const inbox = h.inbox()
  inbox.start()
  await h.caughtUp()
  assert.deepEqual(await h.effects(), [1])
  assert.equal(inbox.stats().deadLetters, 4)
  assert.equal(await inbox.redrive(), 3, 'those with a value')
  await eventually(() => inbox.stats().deadLetters === 7)
  await h.send([event])
  await h.caughtUp()
  assert.deepEqual(await h.effects(), [1], 'the redrive has taken away the mark of the event')
})

test('records that a handler rejects or fails at keep no event out that has their id', async (t) => {
  const h = await createHarness(t)
  const rejected = testEvent(h.topic, 1)
  const failing = testEvent(h.topic, 3)
  const inbox = h.inbox({
    retry: { attempts: 2, initialMs: 200 },
    handlers: {
      test: {
        async handle(event, tx) {
          const { n } = event.data as { n: number }
          if (n < 0) throw new InboxError(n === -1 ? 'rejected' : 'handlerFailed', 'forged')
          await recordEffect(event, tx)
        },
      },
    },
  })
  const forged = { ...rejected, value: '{"n":-1}' }
  await h.send([forged, rejected, forged, { ...failing, value: '{"n":-2}' }, failing])
  inbox.start()
  await eventually(async () => (await h.effects()).length === 2)
  await h.send([forged, forged, rejected, failing, testEvent(h.topic, 4)])
  await eventually(async () => (await h.effects()).length === 3)
  assert.deepEqual(await h.effects(), [1, 3, 4])
  await h.caughtUp()
  assert.deepEqual(await h.rows('select reason from inbox.dead_letter order by id'), [
    { reason: 'rejected' },
    { reason: 'attemptsExhausted' },
  ])
})

test('another delivery of a dead letter is not tried', async (t) => {
  const h = await createHarness(t)
  const rejected = testEvent(h.topic, 1)
  let tries = 0
  const inbox = h.inbox({
    handlers: {
      test: {
        async handle(event, tx) {
          if ((event.data as { n: number }).n === 2) return recordEffect(event, tx)
          tries += 1
          throw new InboxError('rejected', 'never')
        },
      },
    },
  })
  await h.send([rejected])
  inbox.start()
  await eventually(() => inbox.stats().deadLetters === 1)
  const before = tries
  await h.send([rejected, testEvent(h.topic, 2)])
  await eventually(async () => (await h.effects()).length === 1)
  await h.caughtUp()
  assert.ok(before > 0)
  assert.equal(tries, before)
  assert.equal(inbox.stats().deadLetters, 1)
})

test('another delivery of a record that cannot be tried is the same dead letter', async (t) => {
  const h = await createHarness(t)
  const junk = testEvent(h.topic, 1, { type: 'unknown' })
  const nameless = withHeaders(testEvent(h.topic, 1), { ce_id: undefined })
  await h.send([junk, nameless])
  await h.send([junk, nameless])
  const inbox = h.inbox()
  inbox.start()
  await h.caughtUp()
  const letters = await h.rows<{ reason: string }>('select reason from inbox.dead_letter order by id')
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['unknownType', 'missingId', 'missingId'],
  )
})

test('records beyond the bounds become dead letters, whoever produced them', async (t) => {
  const h = await createHarness(t)
  const many = Object.fromEntries(range(0, 2_000).map((n) => [`h${n}`, 'x']))
  const beyond = [
    withHeaders(testEvent(h.topic, 0), many),
    withHeaders(testEvent(h.topic, 0), { ['n'.repeat(300)]: 'x' }),
    withHeaders(testEvent(h.topic, 0), { big: 'x'.repeat(9_000) }),
    withHeaders(testEvent(h.topic, 0), { ce_source: 's'.repeat(2_000) }),
    testEvent(h.topic, 0, { key: 'k'.repeat(60_000) }),
    testEvent(h.topic, 0, { value: JSON.stringify('v'.repeat(60_000)) }),
  ]
  await h.send([...beyond, testEvent(h.topic, 1)])
  h.inbox({ maxRecordBytes: 50_000 }).start()
  await h.caughtUp()
  const letters = await h.rows<{ reason: string; error: string }>(
    'select * from inbox.dead_letter order by id',
  )
  assert.deepEqual(new Set(letters.map(({ reason }) => reason)), new Set(['outOfBounds']))
  assert.equal(letters.length, beyond.length)
  assert.match(letters[0]?.error ?? '', /headers/)
  assert.deepEqual(await h.effects(), [1])
})

test('a key of 100 kB is whole for the handler, is held in order and is redriven', async (t) => {
  const h = await createHarness(t)
  const key = Array.from({ length: 2_900 }, () => randomUUID()).join('') // does not compress to what an index takes
  const keys = new Set<string>()
  let broken = true
  const gate = Promise.withResolvers<void>()
  const inbox = h.inbox({
    handlers: {
      test: {
        async handle(event, tx) {
          keys.add(event.key)
          if ((event.data as { n: number }).n === 1) {
            if (broken) throw new Error('not now')
            await gate.promise
          }
          await recordEffect(event, tx)
        },
      },
    },
  })
  await h.send([testEvent(h.topic, 1, { key }), testEvent(h.topic, 2, { key }), testEvent(h.topic, 3)])
  inbox.start()
  await eventually(async () => (await h.effects()).length === 2)
  assert.deepEqual(await h.effects(key), [2])
  assert.deepEqual(
    [...keys].map((seen) => seen === key || seen === 'key'),
    [true, true],
  )
  broken = false
  const redrive = redriveDeadLetters(h.pool, { consumer: h.consumerName, key }, { waitMs: 20_000 })
  const countHeld = async () => (await h.rows('select from inbox.held')).length
  await eventually(async () => (await countHeld()) === 1)
  await h.send([testEvent(h.topic, 4, { key })])
  await eventually(async () => (await countHeld()) === 2, 'the next event of the key waits behind it')
  gate.resolve()
  assert.deepEqual({ ...(await redrive) }, { redriven: 1, processed: 1, dead: 0, waiting: 0, unfinished: [] })
  await eventually(async () => (await countHeld()) === 0)
  assert.deepEqual(await h.effects(key), [2, 1, 4])
})

test('events of a topic that is made anew under the same offsets take effect, and its dead letters are kept', async (t) => {
  const h = await createHarness(t)
  const junk = (n: number) => withHeaders(testEvent(h.topic, n), { ce_id: undefined })
  const first = h.inbox({ handlers: effectHandlers })
  await h.send([testEvent(h.topic, 1), junk(1)])
  first.start()
  await h.caughtUp()
  await first.stop()
  const admin = createAdmin(h.kafka)
  t.after(() => admin.close())
  await admin.deleteTopics([h.topic])
  await eventually(() =>
    admin.ensureTopics([{ topic: h.topic, partitions: 1 }]).then(
      () => admin.topicOffsets([h.topic]).then(([partition]) => partition?.end === 0n),
      () => false,
    ),
  )
  await h.send([testEvent(h.topic, 2), junk(2)])
  h.inbox().start()
  await eventually(async () => (await h.effects()).length === 2)
  await eventually(async () => (await h.rows('select from inbox.dead_letter')).length === 2)
  assert.deepEqual(await h.effects(), [1, 2])
})
