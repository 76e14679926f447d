import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createAvailability } from './availability.ts'
import { judge, noHistory } from './failEvent.ts'
import { InboxError } from './inboxError.ts'
import type { InboxHandlers } from './inboxEvent.ts'
import { createHarness, eventually, range, recordEffect, testEvent } from './inboxHarness.ts'
import { listDeadLetters } from './sql/listDeadLetters.ts'

for (const [name, settings] of [
  ['transaction_timeout', { transaction_timeout: '800ms' }],
  ['idle_in_transaction_session_timeout', { idle_in_transaction_session_timeout: '100ms' }],
  ['statement_timeout', { statement_timeout: '300ms' }],
] as const) {
  test(`a ${name} of the database that is shorter than its handlers does not matter`, async (t) => {
    const h = await createHarness(t)
    const database = new URL(h.pool.options.connectionString as string).pathname.slice(1)
    for (const [setting, value] of Object.entries(settings))
      await h.pool.query(`alter database ${database} set ${setting} = '${value}'`)
    const pool = new pg.Pool({ ...h.pool.options, query_timeout: 300 })
    const handlers: InboxHandlers = {
      test: {
        async handle(event, tx) {
          await new Promise((resolve) => setTimeout(resolve, 150))
          await tx.query('select pg_sleep(0.4)')
          await recordEffect(event, tx)
        },
      },
    }
    await h.send(range(0, 3).map((n) => testEvent(h.topic, n)))
    const inbox = h.inbox({ pool, handlers })
    inbox.start()
    await eventually(async () => (await h.effects()).length === 3)
    assert.deepEqual(await h.effects(), [0, 1, 2])
    assert.equal(inbox.stats().retries, 0)
    assert.doesNotMatch(await h.registry.metrics(), /database_failures_total\{/)
    await inbox.stop()
    await pool.end()
  })
}

test('a batch that takes longer than its transaction may is halved until it does not', async (t) => {
  const h = await createHarness(t)
  const handlers: InboxHandlers = {
    test: {
      async handle(event, tx) {
        // The clock takes a value only while it is off.
        await tx.query(`select set_config(name, '0', true), set_config(name, '1s', true)
          from (select 'transaction_timeout' as name) s where current_setting(name) <> '1s'`)
        await tx.query('select pg_sleep(0.05)') // 2 s in all, of which one alone is far from the bound
        await recordEffect(event, tx)
      },
    },
  }
  await h.send(range(0, 40).map((n) => testEvent(h.topic, n)))
  const inbox = h.inbox({ handlers, retry: { attempts: 1 } })
  inbox.start()
  await eventually(async () => (await h.effects()).length === 40)
  assert.deepEqual(await h.effects(), range(0, 40))
  assert.deepEqual([inbox.stats().deadLetters, inbox.stats().retries], [0, 0])
  assert.match(await h.registry.metrics(), /database_failures_total\{/, 'no transaction was lost')
})

test('the event that always loses its connection becomes a dead letter, and the others take effect', async (t) => {
  const h = await createHarness(t)
  const handlers: InboxHandlers = {
    test: {
      async handle(event, tx) {
        if ((event.data as { n: number }).n === 3)
          await tx.query('select pg_terminate_backend(pg_backend_pid())')
        await recordEffect(event, tx)
      },
    },
  }
  await h.send(range(0, 6).map((n) => testEvent(h.topic, n, { key: `key-${n % 2}` })))
  const inbox = h.inbox({ handlers, retry: { attempts: 2, initialMs: 5 } })
  inbox.start()
  await eventually(async () => (await h.effects()).length === 5)
  await eventually(() => inbox.stats().deadLetters === 1)
  const [letter] = (await listDeadLetters(h.pool)).letters
  assert.deepEqual([letter?.reason, letter?.attempts], ['attemptsExhausted', 2])
  assert.match(letter?.error ?? '', /The transaction broke; cause: .*57P01/)
  assert.deepEqual(await h.effects('key-1'), [1, 5])
})

test('a record that the database rejects is a dead letter, and the others take effect', async (t) => {
  const h = await createHarness(t)
  await h.pool.query(`
    alter table inbox.processed_default add check (source <> '/odd');
    alter table inbox.dead_letter add check (source <> '/odd');
    alter table inbox.held add check (type <> 'odd')`)
  const event = (n: number, type = 'test') => testEvent(h.topic, n, { type, key: `key-${n}` })
  const odd = {
    ...event(1),
    headers: { ...event(1).headers, ce_source: '/odd', ce_id: '00000000-0000-7000-8000-000000000001' },
  }
  await h.send([event(0), odd, event(2, 'odd'), { ...odd, value: 'no json' }, event(3)])
  const handlers: InboxHandlers = {
    test: { handle: recordEffect },
    odd: { handle: () => Promise.reject(new Error('not now')) },
  }
  h.inbox({ handlers }).start()
  await h.caughtUp()
  assert.deepEqual(await h.effects(), [0, 3])
  const { letters } = await listDeadLetters(h.pool)
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['unstorable', 'unstorable', 'unstorable'],
  )
  assert.match(letters[0]?.error ?? '', /23514/)
})

test('while what the handlers depend on is away no attempt counts, and all take effect in order afterwards', async (t) => {
  const h = await createHarness(t)
  let away = true
  let tries = 0
  const handlers: InboxHandlers = {
    test: {
      async handle(event, tx) {
        tries += 1
        if (away) throw new InboxError('unavailable', 'away', { cause: new Error('fetch failed') })
        await recordEffect(event, tx)
      },
    },
  }
  const inbox = h.inbox({
    handlers,
    transactionEvents: 1,
    retry: { attempts: 2, initialMs: 5, maxMs: 20 },
  })
  await h.send(range(0, 100).map((n) => testEvent(h.topic, n, { key: `key-${n % 20}` })))
  inbox.start()
  await h.caughtUp()
  await eventually(() => tries > 40)
  const { held, deadLetters, unavailableSince } = inbox.stats()
  assert.equal(deadLetters, 0)
  assert.ok(unavailableSince !== undefined && unavailableSince <= Date.now(), `held: ${held}`)
  assert.deepEqual(await h.effects(), [])
  const [row] = await h.rows<{ attempts: number; error: string }>(
    'select max(attempts) as attempts, max(error) as error from inbox.held',
  )
  assert.deepEqual(row, { attempts: 0, error: 'away; cause: Error: fetch failed' })
  away = false
  await eventually(async () => (await h.effects()).length === 100)
  for (const key of range(0, 20))
    assert.deepEqual(
      await h.effects(`key-${key}`),
      range(0, 5).map((n) => n * 20 + key),
    )
  assert.deepEqual([inbox.stats().deadLetters, inbox.stats().unavailableSince], [0, undefined])
})

test('while nothing can be tried, what arrives is not tried either', async (t) => {
  const h = await createHarness(t)
  const tried: number[] = []
  const handlers: InboxHandlers = {
    test: {
      async handle(event) {
        tried.push((event.data as { n: number }).n)
        throw new InboxError('unavailable', 'asks for an hour', { retryAfterMs: 3_600_000 })
      },
    },
  }
  await h.send(range(0, 30).map((n) => testEvent(h.topic, n, { key: `key-${n}` })))
  const inbox = h.inbox({ handlers, transactionEvents: 1 })
  inbox.start()
  await h.caughtUp()
  assert.deepEqual(tried, [0])
  assert.equal((await h.rows('select from inbox.held')).length, 30)
})

test('an event that is `unavailable` while others succeed has attempts, and one that waits for too long none left', () => {
  const retry = { attempts: 3, initialMs: 10, maxMs: 10, unavailableMs: 1_000 }
  const availability = createAvailability(retry)
  const error = new InboxError('unavailable', 'answered 500')
  const first = judge(error, noHistory, { retry, availability })
  assert.deepEqual([first.kind, first.attempts], ['retry', 0])
  const failed = { attempts: 0, failedMsAgo: 60_000, unavailableMs: 60_000 }
  assert.deepEqual(judge(error, failed, { retry, availability }).kind, 'dead')
  assert.deepEqual(judge(error, { ...failed, unavailableMs: 500 }, { retry, availability }).attempts, 0)
  availability.succeeded()
  const blamed = judge(error, failed, { retry, availability })
  assert.deepEqual([blamed.kind, blamed.attempts], ['retry', 1])
  assert.equal(availability.awaySince(), undefined, 'all others wait for the one')
  const asked = new InboxError('unavailable', 'answered 429', { retryAfterMs: 60_000 })
  const waits = judge(asked, { ...failed, unavailableMs: 500 }, { retry, availability })
  assert.ok(waits.kind === 'retry' && waits.attempts === 0 && waits.delayMs === 60_000)
  assert.ok(availability.pauseMs() > 59_000)
})
