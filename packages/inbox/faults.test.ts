import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ConsumedBatch } from '@relevo/kafka'
import fc from 'fast-check'
import pg from 'pg'
import type { InboxHandler } from './inboxEvent.ts'
import {
  contextOf,
  createHarness,
  effectHandlers,
  eventually,
  type InboxHarness,
  range,
  recordEffect,
  silent,
  testEvent,
} from './inboxHarness.ts'
import { processBatch } from './processBatch.ts'
import { retryHeld } from './retryHeld.ts'

/** A handler that runs a statement before its effect, but only the first times. */
function disturbed(statement: string, times: number): InboxHandler {
  let left = times
  return {
    async handle(event, tx) {
      await recordEffect(event, tx)
      if ((event.data as { n: number }).n === 5 && left-- > 0) await tx.query(statement)
    },
  }
}

for (const [name, statement] of [
  ['the connection is killed in the middle of a batch', 'select pg_terminate_backend(pg_backend_pid())'],
  [
    'a transaction is the victim of a deadlock',
    `do $$ begin raise exception using errcode = '40P01'; end $$`,
  ],
  ['a transaction cannot be serialized', `do $$ begin raise exception using errcode = '40001'; end $$`],
] as const) {
  test(`when ${name}, the batch is repeated and no event is blamed`, async (t) => {
    const h = await createHarness(t)
    await h.send(range(0, 10).map((n) => testEvent(h.topic, n)))
    const inbox = h.inbox({ retry: { attempts: 1 }, handlers: { test: disturbed(statement, 4) } })
    inbox.start()
    await h.caughtUp()
    assert.deepEqual(await h.effects(), range(0, 10))
    assert.deepEqual(inbox.stats().deadLetters + inbox.stats().retries, 0)
    assert.match(await h.registry.metrics(), /relevo_inbox_database_failures_total\{[^}]+\} 4/)
  })
}

test('a held event is not blamed for the database either', async (t) => {
  const h = await createHarness(t)
  let attempts = 0
  const inbox = h.inbox({
    retry: { attempts: 2, initialMs: 5 },
    handlers: {
      test: {
        async handle(event, tx) {
          attempts += 1
          if (attempts === 1) throw new Error('held by this')
          if (attempts < 5) await tx.query('select pg_terminate_backend(pg_backend_pid())')
          await recordEffect(event, tx)
        },
      },
    },
  })
  await h.send([testEvent(h.topic, 1)])
  inbox.start()
  await eventually(async () => (await h.effects()).length === 1)
  assert.equal(inbox.stats().deadLetters, 0)
})

test('held events that get on between failures of the database do not wait longer and longer', async (t) => {
  const h = await createHarness(t)
  const failures: unknown[] = []
  const warn = (facts: { failures?: number }) => {
    if (facts.failures) failures.push(facts.failures)
  }
  const killed = new Set<string>()
  let held = false
  const inbox = h.inbox({
    retry: { attempts: 1_000, initialMs: 5 },
    logger: { ...silent, warn },
    handlers: {
      test: {
        async handle(event, tx) {
          if (!held) throw new Error('held by this')
          await recordEffect(event, tx)
          if (!killed.has(event.id)) {
            killed.add(event.id)
            await tx.query('select pg_terminate_backend(pg_backend_pid())')
          }
        },
      },
    },
  })
  await h.send(range(0, 6).map((n) => testEvent(h.topic, n)))
  inbox.start()
  await eventually(async () => (await h.rows('select from inbox.held')).length === 6)
  held = true
  await eventually(async () => (await h.effects()).length === 6)
  assert.deepEqual(failures, [1, 1, 1, 1, 1, 1])
})

test('while the database takes no connections events wait, and stop does not', async (t) => {
  const h = await createHarness(t)
  const first = h.inbox()
  first.start()
  await h.send([testEvent(h.topic, 0)])
  await h.caughtUp()
  const setOpen = await databaseSwitch(t, h)
  await setOpen(false)
  await h.send(range(1, 5).map((n) => testEvent(h.topic, n)))
  await eventually(async () =>
    /database_failures_total\{[^}]+\} ([2-9]|\d\d)/.test(await h.registry.metrics()),
  )
  await first.stop()
  await setOpen(true)
  assert.deepEqual(await h.effects(), [0])
  h.inbox().start()
  await h.caughtUp()
  assert.deepEqual(await h.effects(), range(0, 5))
})

/** Closes the database to everybody else and ends their connections, or opens it again. */
async function databaseSwitch(t: TestContext, h: InboxHarness): Promise<(open: boolean) => Promise<void>> {
  const url = new URL(h.pool.options.connectionString as string)
  const name = url.pathname.slice(1)
  url.pathname = '/postgres'
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  t.after(() => admin.end())
  return async (open) => {
    await admin.query(`alter database ${name} allow_connections ${open}`)
    if (open) return
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  }
}

function batchOf(h: InboxHarness, numbers: readonly number[], offset = 0): ConsumedBatch {
  const records = numbers.map((n) => {
    const id = `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
    const { topic, key, value, headers } = testEvent(h.topic, n, { id })
    const place = { topic, partition: 0, offset: BigInt(n + offset), timestamp: 1_700_000_000_000 }
    const ce_time = '2026-01-01T00:00:00Z'
    return { ...place, key, value: Buffer.from(String(value)), headers: { ...headers, ce_time } }
  })
  const from = BigInt((numbers[0] ?? 0) + offset)
  const next = BigInt((numbers.at(-1) ?? 0) + offset + 1)
  return { topic: h.topic, partition: 0, records, from, next, isStale: () => false }
}

test('two owners of a partition at once, after a rebalance: each event takes effect once, in order', async (t) => {
  const h = await createHarness(t)
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const old = contextOf(h, {
    async handle(event, tx) {
      await recordEffect(event, tx)
      begun.resolve()
      await release.promise
    },
  })
  const oldOwner = processBatch(old, batchOf(h, [1, 2, 3]))
  await begun.promise
  const newer = contextOf(h, effectHandlers.test as InboxHandler)
  const newOwner = processBatch(newer, batchOf(h, [1, 2, 3, 4, 5]))
  await eventually(async () => {
    const waiting = await h.rows(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return waiting.length > 0
  })
  release.resolve()
  await Promise.all([oldOwner, newOwner])
  assert.deepEqual(await h.effects(), [1, 2, 3, 4, 5])
  assert.equal(newer.counts.stats().duplicates, 3)
})

test('an owner whose partition was taken away gives up instead of repeating', async (t) => {
  const h = await createHarness(t)
  const context = contextOf(h, effectHandlers.test as InboxHandler)
  const batch = { ...batchOf(h, [1]), isStale: () => true }
  await assert.rejects(processBatch(context, batch), { name: 'InboxError', code: 'abandoned' })
  assert.deepEqual(await h.effects(), [])
})

test('an event that arrives while the one before it is being retried comes after it', async (t) => {
  const h = await createHarness(t)
  let attempts = 0
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const context = contextOf(h, {
    async handle(event, tx) {
      if ((event.data as { n: number }).n === 1) {
        attempts += 1
        if (attempts === 1) throw new Error('the first attempt')
        begun.resolve()
        await release.promise
      }
      await recordEffect(event, tx)
    },
  })
  await processBatch(context, batchOf(h, [1]))
  await eventually(
    async () => (await h.rows('select from inbox.held where next_attempt_at <= now()')).length > 0,
  )
  const retry = retryHeld(context)
  await begun.promise
  await processBatch(context, batchOf(h, [2, 3]))
  assert.deepEqual(await h.effects(), [])
  release.resolve()
  await retry
  while ((await retryHeld(context)).nextInMs === 0);
  assert.deepEqual(await h.effects(), [1, 2, 3])
})

test('two workers do not try one event at the same time', async (t) => {
  const h = await createHarness(t)
  let running = 0
  let most = 0
  let broken = true
  const context = contextOf(h, {
    async handle(event, tx) {
      if (broken) throw new Error('not yet')
      running += 1
      most = Math.max(most, running)
      await recordEffect(event, tx)
      await tx.query('select pg_sleep(0.01)')
      running -= 1
    },
  })
  await processBatch(context, batchOf(h, range(1, 11)))
  broken = false
  await eventually(async () => {
    await Promise.all([retryHeld(context), retryHeld(context), retryHeld(context)])
    return (await h.effects()).length === 10
  })
  assert.equal(most, 1)
  assert.deepEqual(await h.effects(), range(1, 11))
})

test('with handlers that fail at random, two replicas and broken connections, each key stays in order', async (t) => {
  const h = await createHarness(t, 2)
  let failureRate = 0
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed / 2 ** 32
  }
  const handlers = {
    test: {
      async handle(...[event, tx]: Parameters<typeof recordEffect>) {
        await recordEffect(event, tx)
        if (random() < failureRate) throw new Error('at random')
        if (random() < failureRate / 20) await tx.query('select pg_terminate_backend(pg_backend_pid())')
      },
    },
  }
  const options = { handlers, retry: { attempts: 1_000, initialMs: 2, maxMs: 20 }, pollMs: 20 }
  const replicas = [h.inbox(options), h.inbox(options)]
  for (const replica of replicas) replica.start()
  let sent = 0
  const run = fc.record({
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
    rate: fc.double({ min: 0.3, max: 0.6, noNaN: true }),
    keys: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 60, maxLength: 120, size: 'max' }),
  })
  const order = new Map<string, number[]>()
  await fc.assert(
    fc.asyncProperty(run, async ({ seed: given, rate, keys }) => {
      seed = given
      failureRate = rate
      const events = keys.map((key) => testEvent(h.topic, sent++, { key: `key-${key}` }))
      for (const { key, value } of events) {
        order.set(String(key), [...(order.get(String(key)) ?? []), JSON.parse(String(value)).n])
      }
      await h.send(events)
      await h.send(events.slice(keys.length / 2))
      await eventually(async () => (await h.effects()).length >= sent)
      for (const [key, numbers] of order) assert.deepEqual(await h.effects(key), numbers)
    }),
    { numRuns: 6 },
  )
  assert.ok(
    replicas.reduce((sum, replica) => sum + replica.stats().retries, 0) > 50,
    'too few failures to show anything',
  )
})
