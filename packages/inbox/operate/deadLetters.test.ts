import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createAdmin } from '@relevo/kafka'
import { z } from 'zod'
import { InboxError } from '../inboxError.ts'
import { inboxHandler } from '../inboxEvent.ts'
import { createHarness, eventually, range, recordEffect, silent, testEvent } from '../inboxHarness.ts'
import { groupDeadLetters } from '../sql/groupDeadLetters.ts'
import { listDeadLetters, readDeadLetter, type WholeDeadLetter } from '../sql/listDeadLetters.ts'
import { previewRedrive } from '../sql/previewRedrive.ts'
import { readConsumption } from '../sql/readConsumption.ts'
import { archiveDeadLetters, discardDeadLetters, reviveDeadLetters } from '../sql/settleDeadLetters.ts'
import { readLag } from './readLag.ts'
import { redriveDeadLetters } from './redriveDeadLetters.ts'
import { recordInstead } from './replaceDeadLetter.ts'

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

test('letters with a key of 1 MB or the longest type are stored, found and redriven', async (t) => {
  const h = await createHarness(t)
  // Random, since Postgres may compress a long text until it fits an index entry.
  const long = () => randomBytes(500_000).toString('hex')
  const [key, keyWithoutId] = [long(), long()]
  const type = Array.from(randomBytes(2_000), (byte) => String.fromCodePoint(0x4e00 + byte)).join('') // 6,000 bytes
  const inbox = h.inbox({ handlers: {}, onUnknownType: 'deadLetter' })
  await h.send([
    testEvent(h.topic, 0, { key, type }),
    testEvent(h.topic, 1, { key: keyWithoutId, id: 'none' }),
    testEvent(h.topic, 2),
  ])
  inbox.start()
  await h.caughtUp()
  await inbox.stop()
  const found = async (filter: object) =>
    (await listDeadLetters(h.pool, filter)).letters.map(({ offset }) => offset)
  assert.deepEqual(await found({ key }), ['0'])
  assert.deepEqual(await found({ key: keyWithoutId }), ['1'])
  assert.deepEqual(await found({ type }), ['0'])
  assert.deepEqual(await found({ key, consumer: 'another' }), [])
  const preview = { events: 1, keys: 1, waiting: 0, impossible: 0 }
  assert.deepEqual(await previewRedrive(h.pool, { key }), preview)
  assert.equal((await redriveDeadLetters(h.pool, { key })).waiting, 1)
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

test('an archived letter is off the list, kept by retention, and comes back', async (t) => {
  const h = await createHarness(t)
  await h.pool.query(
    `insert into inbox.dead_letter (consumer, topic, partition, kafka_offset, value, headers, record_time, digest, source,
       event_id, event_time, type, ordering_key, reason, error, attempts)
     select $1, 't', 0, n, '{}', '{}', now(), inbox.digest(n::text), '/test', uuidv7(), now(), 'test', 'k', 'rejected', 'no', 1
     from generate_series(1, 3) n`,
    [h.consumerName],
  )
  const consumer = h.consumerName
  const count = async (state: 'dead' | 'archived' | 'discarded') =>
    (await listDeadLetters(h.pool, { consumer }, { states: [state] })).letters.length
  assert.equal(await archiveDeadLetters(h.pool, { consumer, id: '1' }, 'the supplier is gone'), 1)
  assert.equal(await archiveDeadLetters(h.pool, { consumer, id: '1' }, 'again'), 0)
  assert.equal(await discardDeadLetters(h.pool, { consumer, id: '2' }, 'of no use'), 1)
  assert.deepEqual([await count('dead'), await count('archived'), await count('discarded')], [1, 1, 1])
  const [group] = await groupDeadLetters(h.pool, { consumer }, 100, 'archived')
  assert.equal(group?.count, 1)
  assert.equal((await groupDeadLetters(h.pool, { consumer }))[0]?.count, 1)
  assert.equal((await previewRedrive(h.pool, { consumer })).events, 1)
  const { redriven } = await redriveDeadLetters(h.pool, { consumer })
  assert.equal(redriven, 1, 'neither the archived nor the discarded one')

  await h.pool.query(
    `update inbox.dead_letter set archived_at = archived_at - interval '40 days', discarded_at = discarded_at - interval '40 days'`,
  )
  await h.pool.query('select inbox.drop_partitions(30)')
  assert.deepEqual([await count('archived'), await count('discarded')], [1, 0], 'retention took the other')
  assert.equal(await reviveDeadLetters(h.pool, { consumer }), 1)
  const [revived] = (await listDeadLetters(h.pool, { consumer })).letters
  assert.deepEqual([revived?.id, revived?.note], ['1', null])
})

test('a dead letter is replaced by a new event that names it, if its consumer takes it', async (t) => {
  const h = await createHarness(t)
  const schema = z.object({ n: z.number() })
  const inbox = h.inbox({ handlers: { test: inboxHandler(schema, recordEffect) } })
  const old = testEvent(h.topic, 1, { key: 'k', value: '{"n":"one"}' })
  await h.send([old, testEvent(h.topic, 2, { key: 'k' })])
  inbox.start()
  await h.caughtUp()
  const consumer = h.consumerName
  const [letter] = (await listDeadLetters(h.pool, { consumer })).letters
  assert.equal(letter?.reason, 'schemaViolation')
  const { id = '' } = letter ?? {}
  const replace = (value: string, dryRun = false) => inbox.replace({ id, value, note: 'a typo', dryRun })

  const bad = await replace('{"n":"uno"}')
  assert.deepEqual(bad, { outcome: 'invalid', reason: 'schemaViolation', error: 'n: invalid_type' })
  assert.equal((await replace('{')).outcome, 'invalid')
  const preview = await replace('{"n":17}', true)
  assert.deepEqual(preview, { outcome: 'replaced', eventId: undefined, type: 'test', key: 'k', waiting: 0 })
  assert.deepEqual(await h.effects(), [2], 'nothing was done yet')
  const done = await replace('{"n":17}')
  assert.ok(done.outcome === 'replaced' && done.eventId)
  await eventually(async () => (await h.effects()).length === 2)
  assert.deepEqual(await h.effects(), [2, 17])
  assert.deepEqual(await replace('{"n":18}'), { outcome: 'gone' })

  const whole = await readDeadLetter(h.pool, { id })
  assert.deepEqual(
    [whole?.state, whole?.note, whole?.replacedBy, whole?.value?.toString()],
    ['discarded', 'a typo', done.eventId, '{"n":"one"}'],
  )
  assert.equal(await reviveDeadLetters(h.pool, { consumer }), 0, 'both would have an effect')
  assert.deepEqual(
    (await readConsumption(h.pool, done.eventId)).map(({ state }) => state),
    ['processed'],
  )
})

test('the event that replaces a letter has an id, a time and a cause of its own, and the rest of it', () => {
  const at = Date.UTC(2026, 0, 15)
  const place = { topic: 't', partition: 3, offset: '7', wholeKey: Buffer.from('k') }
  const headers = { ce_id: 'old', ce_type: 'x', ce_source: '/s', ce_outboxid: '9', traceparent: '00-1-2-01' }
  const letter = { ...place, eventId: 'old', headers } as unknown as WholeDeadLetter
  const { headers: made, key, timestamp } = recordInstead(letter, '{}', at)
  const { ce_id, ...others } = made
  assert.match(ce_id ?? '', /^019bbef3-b000-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.deepEqual(others, {
    ce_specversion: '1.0',
    ce_type: 'x',
    ce_source: '/s',
    ce_time: '2026-01-15T00:00:00.000Z',
    ce_causationid: 'old',
    ce_correlationid: 'old',
    ce_outboxid: '9', // what a handler may keep its events by
    traceparent: '00-1-2-01',
  })
  assert.deepEqual([key, timestamp], ['k', at])
  const nameless = recordInstead({ ...letter, eventId: null }, '{}', at)
  assert.equal(nameless.headers.ce_causationid, 'record:t/3/7')
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
