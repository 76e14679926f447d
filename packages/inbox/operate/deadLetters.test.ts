import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createAdmin } from '@relevo/kafka'
import { InboxError } from '../inboxError.ts'
import { createHarness, eventually, range, recordEffect, silent, testEvent } from '../inboxHarness.ts'
import { groupDeadLetters } from '../sql/groupDeadLetters.ts'
import { listDeadLetters, readDeadLetter } from '../sql/listDeadLetters.ts'
import { previewRedrive } from '../sql/previewRedrive.ts'
import { readConsumption } from '../sql/readConsumption.ts'
import { discardDeadLetters, reviveDeadLetters } from '../sql/settleDeadLetters.ts'
import { readLag } from './readLag.ts'
import { redriveDeadLetters } from './redriveDeadLetters.ts'

test('dead letters are found by each filter, in pages, and shown whole', async (t) => {
  const h = await createHarness(t)
  const reject = { handle: () => Promise.reject(new InboxError('rejected', 'order 17 is unknown')) }
  const inbox = h.inbox({ handlers: { test: reject, other: reject } })
  const events = range(0, 5).map((n) =>
    testEvent(h.topic, n, { key: `key-${n % 2}`, type: n < 3 ? 'test' : 'other' }),
  )
  await h.send(events)
  inbox.start()
  await h.caughtUp()
  const consumer = h.consumerName
  const found = async (filter: object) => (await listDeadLetters(h.pool, filter)).letters.length
  assert.equal(await found({ consumer }), 5)
  assert.equal(await found({ consumer: 'another' }), 0)
  assert.equal(await found({ topic: h.topic, type: 'other' }), 2)
  assert.equal(await found({ key: 'key-0' }), 3)
  assert.equal(await found({ reason: 'rejected', eventId: events[1]?.headers.ce_id }), 1)
  assert.equal(await found({ since: new Date(Date.now() + 60_000) }), 0)

  const first = await listDeadLetters(h.pool, { consumer }, { limit: 3 })
  const second = await listDeadLetters(h.pool, { consumer }, { limit: 3, cursor: first.nextCursor })
  const ids = [...first.letters, ...second.letters].map(({ eventId }) => eventId)
  assert.deepEqual(ids, events.map(({ headers }) => headers.ce_id).reverse())
  assert.equal(second.nextCursor, undefined)

  const whole = await readDeadLetter(h.pool, { eventId: events[2]?.headers.ce_id })
  assert.equal(whole?.value?.toString(), '{"n":2}')
  assert.equal(whole?.headers.ce_id, events[2]?.headers.ce_id)
  assert.equal(whole?.state, 'dead')
  assert.equal(await readDeadLetter(h.pool, { id: '9223372036854775807' }), undefined)
})

test('a page of large letters is cut by bytes', async (t) => {
  const h = await createHarness(t)
  await h.pool.query(
    `insert into inbox.dead_letter (consumer, topic, partition, kafka_offset, headers, record_time, digest,
       reason, error, attempts)
     select $1, 't', 0, n, '{}', now(), inbox.digest(n::text), 'missingId', repeat('e', 300000), 0
     from generate_series(1, 5) n`,
    [h.consumerName],
  )
  const sizes = []
  let cursor: string | undefined
  do {
    const page = await listDeadLetters(h.pool, { consumer: h.consumerName }, { cursor })
    sizes.push(page.letters.length)
    cursor = page.nextCursor
  } while (cursor)
  assert.deepEqual(sizes, [3, 2])
})

test('letters that failed alike are one group, whatever numbers their errors have', async (t) => {
  const h = await createHarness(t)
  const handlers = {
    test: {
      handle: async (event: { id: string; data: unknown }) => {
        const { n } = event.data as { n: number }
        throw new InboxError('rejected', n < 4 ? `order ${n} of ${event.id} is unknown` : 'stock is empty')
      },
    },
  }
  await h.send(range(0, 6).map((n) => testEvent(h.topic, n)))
  h.inbox({ handlers }).start()
  await h.caughtUp()
  const groups = await groupDeadLetters(h.pool, { consumer: h.consumerName })
  assert.deepEqual(
    groups.map(({ count, type, reason }) => ({ count, type, reason })),
    [
      { count: 4, type: 'test', reason: 'rejected' },
      { count: 2, type: 'test', reason: 'rejected' },
    ],
  )
  const [group] = groups
  assert.ok(group && group.firstAt <= group.lastAt)
  const { letters } = await listDeadLetters(h.pool, { fingerprint: group.fingerprint })
  assert.equal(letters.length, 4)
})

test('a redrive by another process tells what happened, and a discarded letter is not redriven', async (t) => {
  const h = await createHarness(t)
  let fixed = false
  const inbox = h.inbox({
    handlers: {
      test: {
        async handle(event, tx) {
          const { n } = event.data as { n: number }
          if (!fixed || n === 3) throw new InboxError('rejected', `${n} is not wanted`)
          await recordEffect(event, tx)
        },
      },
    },
  })
  await h.send([...range(0, 5).map((n) => testEvent(h.topic, n)), testEvent(h.topic, 9, { id: 'none' })])
  inbox.start()
  await h.caughtUp()
  fixed = true
  const consumer = h.consumerName
  const [unwanted] = (await listDeadLetters(h.pool, { consumer })).letters
  assert.ok(unwanted)
  assert.equal(await discardDeadLetters(h.pool, { consumer, id: unwanted.id }, 'a test of ours'), 1)
  const [discarded] = (await listDeadLetters(h.pool, { consumer }, { states: ['discarded'] })).letters
  assert.deepEqual([discarded?.id, discarded?.note], [unwanted.id, 'a test of ours'])

  const result = await redriveDeadLetters(h.pool, { consumer }, { waitMs: 20_000 })
  assert.deepEqual([result.redriven, result.processed, result.dead, result.waiting], [5, 4, 1, 0])
  assert.match(result.unfinished[0]?.error ?? '', /3 is not wanted/)
  assert.deepEqual(await h.effects(), [0, 1, 2, 4], 'the order of the key')
  const {
    letters: [redriven],
  } = await listDeadLetters(h.pool, { consumer }, { states: ['redriven'] })
  const consumptions = await readConsumption(h.pool, redriven?.eventId ?? '')
  assert.deepEqual(
    consumptions.map((each) => [each.consumer, each.state]),
    [
      [consumer, 'redriven'],
      [consumer, 'processed'],
    ],
  )
  assert.deepEqual(await readConsumption(h.pool, randomUUID()), [])

  assert.equal(await reviveDeadLetters(h.pool, { consumer }), 1)
  assert.equal((await listDeadLetters(h.pool, { consumer })).letters.length, 2)
  await inbox.stop()
  const idle = await redriveDeadLetters(h.pool, { consumer, reason: 'rejected' }, { waitMs: 1 })
  assert.deepEqual([idle.redriven, idle.waiting], [1, 1], 'nobody consumes')
})

test('each dead letter is one line of the log, with the command that shows it and no payload', async (t) => {
  const h = await createHarness(t)
  const lines: object[] = []
  const warn = (facts: object) => lines.push(facts)
  const event = testEvent(h.topic, 1, { type: 'unknown', value: '{"secret":1}' })
  await h.send([event])
  h.inbox({ logger: { ...silent, warn } }).start()
  await eventually(() => lines.length > 0)
  const [letter] = (await listDeadLetters(h.pool)).letters
  assert.deepEqual(lines, [
    {
      consumer: h.consumerName,
      id: letter?.id,
      topic: h.topic,
      partition: 0,
      offset: '0',
      eventId: event.headers.ce_id,
      type: 'unknown',
      reason: 'unknownType',
      attempts: 0,
      command: `relevo dead-letters show ${letter?.id} --group ${h.consumerName}`,
    },
  ])
})

test('the lag of a group is the records that it has not committed', async (t) => {
  const h = await createHarness(t, 2)
  const admin = createAdmin(h.kafka)
  t.after(() => admin.close())
  await h.send(range(0, 7).map((n) => testEvent(h.topic, n, { key: `key-${n}` })))
  assert.equal((await readLag(admin, h.consumerName, [h.topic]))?.messages, 7)
  h.inbox().start()
  await eventually(async () => (await readLag(admin, h.consumerName, [h.topic]))?.messages === 0)
})

test('a preview of a redrive counts events, keys, what waits before them, and what cannot be redriven', async (t) => {
  const h = await createHarness(t)
  let heals = false
  const handle = ({ data }: { data: unknown }): Promise<void> => {
    if (heals) return Promise.resolve()
    const { n } = data as { n: number }
    const error = n < 3 ? new InboxError('rejected', 'not this one') : new Error('later')
    return Promise.reject(error)
  }
  const inbox = h.inbox({
    handlers: { test: { handle } },
    retry: { attempts: 1_000, initialMs: 60_000, maxMs: 60_000 },
  })
  // Of key a two are dead and two are held behind them, of key b one is dead, and one of key c is held.
  const keys = ['a', 'a', 'b', 'a', 'a', 'c']
  await h.send(keys.map((key, n) => testEvent(h.topic, n, { key })))
  inbox.start()
  await h.caughtUp()
  await h.pool.query(
    `insert into inbox.dead_letter (consumer, topic, partition, kafka_offset, headers, record_time, digest,
       reason, error, attempts) values ($1, 't', 0, 1, '{}', now(), inbox.digest('x'), 'missingId', 'e', 0)`,
    [h.consumerName],
  )
  const consumer = h.consumerName
  const whole = { events: 3, keys: 2, waiting: 2, impossible: 1 }
  assert.deepEqual(await previewRedrive(h.pool, { consumer }), whole)
  assert.deepEqual(await previewRedrive(h.pool, { consumer, key: 'b' }), {
    events: 1,
    keys: 1,
    waiting: 0,
    impossible: 0,
  })
  const nothing = { events: 0, keys: 0, waiting: 0, impossible: 0 }
  assert.deepEqual(await previewRedrive(h.pool, { consumer: 'another' }), nothing)
  heals = true
  assert.equal((await redriveDeadLetters(h.pool, { consumer })).redriven, whole.events)
  assert.deepEqual(await previewRedrive(h.pool, { consumer }), { ...nothing, impossible: 1 })
})
