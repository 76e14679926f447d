import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { readTopic } from '@relevo/kafka'
import { currentOrigin } from '@relevo/origin'
import { InboxError } from './inboxError.ts'
import type { InboxEvent } from './inboxEvent.ts'
import { createHarness, effectHandlers, eventually, range, recordEffect, testEvent } from './inboxHarness.ts'

test('each event takes effect once however often it is delivered, in the order of its key', async (t) => {
  const h = await createHarness(t, 3)
  const events = range(0, 300).map((n) => testEvent(h.topic, n, { key: `key-${n % 10}` }))
  await h.send(events)
  await h.send(events.slice(100)) // another delivery, as after a crash of the relay
  const inbox = h.inbox()
  inbox.start()
  await h.caughtUp()
  await h.send(events.slice(250))
  await h.caughtUp()
  for (const key of range(0, 10)) {
    assert.deepEqual(
      await h.effects(`key-${key}`),
      range(0, 30).map((i) => i * 10 + key),
    )
  }
  const { processed, duplicates, held, deadLetters } = inbox.stats()
  assert.deepEqual(
    { processed, duplicates, held, deadLetters },
    { processed: 300, duplicates: 250, held: 0, deadLetters: 0 },
  )
  assert.match(
    await h.registry.metrics(),
    /relevo_inbox_processed_events_total\{consumer="[^"]+",type="test"\} 300/,
  )
})

test('a pipelined pool handles the keys at once and keeps the order of each', async (t) => {
  const h = await createHarness(t, 1, { pipeline: true })
  await h.send(range(0, 400).map((n) => testEvent(h.topic, n, { key: `key-${n % 20}` })))
  let running = 0
  let most = 0
  const handlers = {
    test: {
      async handle(...args: Parameters<typeof recordEffect>) {
        running += 1
        most = Math.max(most, running)
        await recordEffect(...args)
        running -= 1
      },
    },
  }
  h.inbox({ handlers }).start()
  await h.caughtUp()
  assert.ok(most > 1, 'nothing ran at the same time')
  for (const key of range(0, 20)) {
    assert.deepEqual(
      await h.effects(`key-${key}`),
      range(0, 20).map((i) => i * 20 + key),
    )
  }
})

test('what is recorded for an event follows from it, with many keys handled at once', async (t) => {
  const h = await createHarness(t, 1, { pipeline: true })
  const ids = range(0, 40).map(() => randomUUID())
  await h.send(ids.map((id, n) => testEvent(h.topic, n, { key: `key-${n % 8}`, id })))
  const seen = new Map<string, string | undefined>()
  const handlers = {
    test: {
      async handle(...[event, tx]: Parameters<typeof recordEffect>) {
        await recordEffect(event, tx)
        seen.set(event.id, currentOrigin()?.ce_causationid)
      },
    },
  }
  h.inbox({ handlers }).start()
  await h.caughtUp()
  assert.deepEqual([...seen.entries()].toSorted(), ids.map((id) => [id, id]).toSorted())
})

test('stopping and starting again loses and repeats nothing', async (t) => {
  const h = await createHarness(t, 2)
  const first = h.inbox()
  first.start()
  await h.send(range(0, 50).map((n) => testEvent(h.topic, n, { key: `key-${n % 5}` })))
  await eventually(async () => (await h.effects()).length > 0)
  await first.stop()
  assert.equal(first.health().joined, false)
  await h.send(range(50, 100).map((n) => testEvent(h.topic, n, { key: `key-${n % 5}` })))
  const second = h.inbox()
  second.start()
  await h.caughtUp()
  const effects = await h.effects()
  assert.deepEqual(
    effects.toSorted((a, b) => a - b),
    range(0, 100),
  )
  assert.equal(second.health().joined, true)
})

test('events of two consumers on one topic do not meet', async (t) => {
  const h = await createHarness(t)
  await h.send([testEvent(h.topic, 1, { type: 'a' }), testEvent(h.topic, 2, { type: 'b' })])
  for (const type of ['a', 'b']) {
    h.inbox({
      consumerName: `${h.consumerName}-${type}`,
      handlers: { [type]: { handle: recordEffect } },
      onUnknownType: 'ignore',
    }).start()
  }
  await eventually(async () => (await h.effects()).length === 2)
  assert.deepEqual((await h.effects()).toSorted(), [1, 2])
  assert.deepEqual(await h.rows('select * from inbox.dead_letter'), [])
})

test('a failing event holds back its key in order, and other keys flow', async (t) => {
  const h = await createHarness(t)
  let broken = true
  const inbox = h.inbox({
    retry: { attempts: 1000, initialMs: 5, maxMs: 20 },
    handlers: {
      test: {
        async handle(event, tx) {
          await recordEffect(event, tx)
          if (broken && (event.data as { n: number }).n === 4) throw new Error('not now')
        },
      },
    },
  })
  await h.send(range(0, 20).map((n) => testEvent(h.topic, n, { key: n % 2 ? 'odd' : 'even' })))
  inbox.start()
  await h.caughtUp()
  await h.send(range(20, 24).map((n) => testEvent(h.topic, n, { key: n % 2 ? 'odd' : 'even' })))
  await h.caughtUp()
  assert.deepEqual(
    await h.effects('odd'),
    range(0, 12).map((i) => 2 * i + 1),
  )
  assert.deepEqual(await h.effects('even'), [0, 2])
  await eventually(() => inbox.stats().retries > 2)
  broken = false
  await eventually(async () => (await h.effects('even')).length === 12)
  assert.deepEqual(
    await h.effects('even'),
    range(0, 12).map((i) => 2 * i),
  )
  assert.deepEqual(await h.rows('select * from inbox.held'), [])
})

test('after its attempts an event is a dead letter, its key goes on, and a redrive takes effect once', async (t) => {
  const h = await createHarness(t)
  let broken = true
  const begun = Date.now()
  const poison = { ...testEvent(h.topic, 1), timestamp: begun - 3_600_000 }
  const inbox = h.inbox({
    handlers: {
      test: {
        async handle(event, tx) {
          if (broken && event.id === poison.headers.ce_id) throw new Error('never\0')
          await recordEffect(event, tx)
        },
      },
    },
  })
  await h.send([testEvent(h.topic, 0), poison, testEvent(h.topic, 2)])
  inbox.start()
  await eventually(async () => (await h.effects()).length === 2)
  assert.deepEqual(await h.effects(), [0, 2])
  await eventually(async () => (await h.deadLetterRecords()).length === 1)
  const [letter] = await h.deadLetterRecords()
  assert.equal(letter?.value, poison.value)
  assert.equal(letter?.headers.ce_id, poison.headers.ce_id)
  assert.equal(letter?.headers.relevo_dlt_reason, 'attemptsExhausted')
  assert.equal(letter?.headers.relevo_dlt_attempts, '3')
  assert.equal(letter?.headers.relevo_dlt_record_time, new Date(poison.timestamp).toISOString())
  assert.ok((letter?.timestamp ?? 0) >= begun, 'so that retention does not delete it at once')
  assert.equal(inbox.stats().deadLetters, 1)

  await h.send([poison]) // the dead event is delivered once more
  await h.caughtUp()
  assert.deepEqual(await h.effects(), [0, 2])

  assert.equal(await inbox.redrive({ eventId: randomUUID() }), 0)
  broken = false
  const id = poison.headers.ce_id as string
  const redriven = await Promise.all([inbox.redrive({ eventId: id }), inbox.redrive({ eventId: id })])
  assert.deepEqual(redriven.toSorted(), [0, 1])
  await eventually(async () => (await h.effects()).length === 3)
  await h.send([poison])
  await h.caughtUp()
  assert.deepEqual(await h.effects(), [0, 2, 1])
  assert.equal(await inbox.redrive(), 0)
})

test('a redriven event that fails again is a dead letter again', async (t) => {
  const h = await createHarness(t)
  const handlers = { test: { handle: () => Promise.reject(new InboxError('rejected', 'no')) } }
  const inbox = h.inbox({ handlers })
  await h.send([testEvent(h.topic, 1)])
  inbox.start()
  await eventually(async () => (await h.deadLetterRecords()).length === 1)
  assert.equal(await inbox.redrive(), 1)
  await eventually(async () => (await h.deadLetterRecords()).length === 2)
  const letters = await h.rows<{ reason: string }>(
    'select * from inbox.dead_letter where redriven_at is null',
  )
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['rejected'],
  )
})

test('a handler that hangs has failed, and the others go on', async (t) => {
  const h = await createHarness(t)
  const inbox = h.inbox({
    handlerTimeoutMs: 100,
    handlers: {
      ...effectHandlers,
      slow: { handle: (_event, tx) => tx.query('select pg_sleep(60)').then(() => undefined) },
      stuck: { handle: () => new Promise(() => undefined) },
    },
  })
  await h.send([
    testEvent(h.topic, 1),
    testEvent(h.topic, 2, { type: 'slow', key: 'slow' }),
    testEvent(h.topic, 2, { type: 'stuck', key: 'stuck' }),
    testEvent(h.topic, 3),
  ])
  inbox.start()
  await eventually(async () => (await h.deadLetterRecords()).length === 2)
  assert.deepEqual(await h.effects(), [1, 3])
})

test('with one event a transaction, a failure has no other handler run again', async (t) => {
  const h = await createHarness(t)
  const runs = new Map<number, number>()
  const handlers = {
    test: {
      async handle(...args: Parameters<typeof recordEffect>) {
        const { n } = args[0].data as { n: number }
        runs.set(n, (runs.get(n) ?? 0) + 1)
        if (n === 30 && runs.get(n) === 1) throw new Error('once')
        await recordEffect(...args)
      },
    },
  }
  await h.send(range(0, 60).map((n) => testEvent(h.topic, n, { key: `key-${n}` })))
  h.inbox({ handlers, transactionEvents: 1, fetchBytes: 1_024 }).start()
  await eventually(async () => (await h.effects()).length === 60)
  assert.deepEqual(
    [...runs].filter(([, times]) => times > 1),
    [[30, 2]],
  )
})

test('a handler that swallows the failure of a statement has failed', async (t) => {
  const h = await createHarness(t)
  const inbox = h.inbox({
    retry: { attempts: 1 },
    handlers: {
      ...effectHandlers,
      bad: {
        handle: (_event, tx) =>
          tx.query('select 1/0').then(
            () => undefined,
            () => undefined,
          ),
      },
    },
  })
  await h.send([
    testEvent(h.topic, 1),
    testEvent(h.topic, 2, { type: 'bad', key: 'bad' }),
    testEvent(h.topic, 3),
  ])
  inbox.start()
  await eventually(async () => (await h.deadLetterRecords()).length === 1)
  await h.caughtUp() // the letter may be out before the batch is done
  assert.deepEqual(await h.effects(), [1, 3])
  assert.equal((await h.deadLetterRecords())[0]?.headers.ce_type, 'bad')
})

test('a handler is told where the record of its event stands and when it was sent, at a retry as well', async (t) => {
  const h = await createHarness(t, 3)
  const event = testEvent(h.topic, 1)
  const seen: InboxEvent[] = []
  const handle = async (given: InboxEvent) => {
    seen.push(given)
    if (seen.length === 1) throw new Error('not yet')
  }
  await h.send([event])
  h.inbox({ handlers: { test: { handle } } }).start()
  await eventually(() => seen.length === 2, 'the retry')
  const [found] = await Array.fromAsync(readTopic(h.kafka, h.topic))
  assert.ok(found)
  for (const { partition, offset, recordTime } of seen)
    assert.deepEqual(
      { partition, offset, recordTime },
      { partition: found.partition, offset: found.offset, recordTime: new Date(found.timestamp) },
    )
})
