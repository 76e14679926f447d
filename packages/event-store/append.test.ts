import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { enqueue, type Queryable } from '@relevo/outbox'
import { eventually } from '@relevo/testing'
import type pg from 'pg'
import { type AppendResult, append } from './append.ts'
import type { DomainEvent, EventData } from './event.ts'
import { EventStoreError, type EventStoreErrorCode } from './eventStoreError.ts'
import { sharedEventStore } from './eventStoreHarness.ts'
import { readStream } from './readStream.ts'
import { readVersion } from './sql/readStream.ts'

const harness = sharedEventStore()

const happened = (n: number): DomainEvent => ({ type: 'happened', data: { n } })

function appended(result: AppendResult) {
  assert.equal(result.outcome, 'appended')
  return result.outcome === 'appended' ? result.events : []
}

test('events are read as they were appended, in pages', async (t) => {
  const { pool, id } = harness(t)
  const rich: EventData = {
    type: 'said',
    data: { text: `it's "quoted" \\u ñ 🙂`, list: [1, null, { deep: true }], number: 1.5, gone: undefined },
    metadata: { by: 'ana' },
  }
  const first = appended(await append(pool, `talk-${id}`, 0, [rich]))
  const more = appended(await append(pool, `talk-${id}`, 1, [happened(2), happened(3), happened(4)]))
  const { events, next } = await readStream(pool, `talk-${id}`)
  assert.deepEqual(events, [...first, ...more])
  assert.equal(next, undefined)
  assert.deepEqual(
    events.map(({ version }) => version),
    [1, 2, 3, 4],
  )
  assert.deepEqual(events[0]?.metadata, { by: 'ana' })
  assert.deepEqual(Object.keys(Object(events[0]?.data)), ['text', 'list', 'number'])
  const page = await readStream(pool, `talk-${id}`, { after: 1, limit: 2 })
  assert.deepEqual([page.events.map(({ version }) => version), page.next], [[2, 3], 3])
  const cut = await readStream(pool, `talk-${id}`, { maxBytes: 1 })
  assert.deepEqual([cut.events.length, cut.next], [1, 1])
  assert.deepEqual((await readStream(pool, `talk-${id}`, { after: 3, upTo: 4 })).events.length, 1)
  assert.deepEqual(await readStream(pool, `talk-${id}-2`), { events: [] })
})

test('a conflict is a result that tells the version, and the transaction goes on', async (t) => {
  const { pool, transaction, id } = harness(t)
  appended(await append(pool, `s-${id}`, 0, [happened(1), happened(2)]))
  await transaction(async (client) => {
    for (const expected of [0, 1, 3, 99])
      assert.deepEqual(await append(client, `s-${id}`, expected, [happened(3)]), {
        outcome: 'conflict',
        version: 2,
      })
    appended(await append(client, `s-${id}`, 2, [happened(3)]))
    assert.deepEqual(await append(client, `s-${id}`, 2, [happened(4)]), { outcome: 'conflict', version: 3 })
  })
  assert.equal(await readVersion(pool, `s-${id}`), 3)
  assert.equal(await readVersion(pool, `s-${id}-2`), 0)
})

test('who appends the same version waits for the other transaction, and goes on when that rolls back', async (t) => {
  const { pool, open, id } = harness(t)
  for (const ending of ['commit', 'rollback'] as const) {
    const first = await open()
    appended(await append(first, `s-${id}-${ending}`, 0, [happened(1), happened(2), happened(3)]))
    const second = append(pool, `s-${id}-${ending}`, 0, [happened(9), happened(9), happened(9), happened(9)])
    await lockWaiters(pool, 1)
    await first[ending]()
    const result = await second
    if (ending === 'commit') assert.deepEqual(result, { outcome: 'conflict', version: 3 })
    else assert.equal(appended(result).length, 4)
    assert.equal(await readVersion(pool, `s-${id}-${ending}`), ending === 'commit' ? 3 : 4)
  }
})

test('200 writers of one stream, whatever its version: contiguous, none lost, numbers in commit order', async (t) => {
  const { pool, transaction, id } = harness(t)
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, writer) =>
      transaction((client) => append(client, `s-${id}`, 'any', [happened(writer), happened(writer)])),
    ),
  )
  const versions = results.flatMap((result) => appended(result).map((event) => event.version))
  assert.deepEqual(
    versions.sort((a, b) => a - b),
    Array.from({ length: 400 }, (_, index) => index + 1),
  )
  const { events } = await readStream<{ type: string; data: { n: number } }>(pool, `s-${id}`, {
    limit: 1_000,
  })
  assert.deepEqual(new Set(events.map(({ data }) => data.n)).size, 200)
  assert.ok(events.every((event, index) => index === 0 || event.seq > (events[index - 1]?.seq ?? 0)))
})

test('trap 14: of 64 writers that expect the same version one wins, the others are told the version', async (t) => {
  const { pool, transaction, id } = harness(t)
  for (let version = 0; version < 5; version++) {
    const results = await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        transaction((client) => append(client, `s-${id}`, version, [happened(n)])),
      ),
    )
    const winners = results.filter(({ outcome }) => outcome === 'appended')
    assert.equal(winners.length, 1)
    assert.ok(results.every((result) => result.version === version + 1))
  }
  const { events } = await readStream(pool, `s-${id}`)
  assert.deepEqual(
    events.map((event) => event.version),
    [1, 2, 3, 4, 5],
  )
})

test('trap 14: a command that is repeated, also at the same time, takes effect once and has its first result', async (t) => {
  const { pool, transaction, id } = harness(t)
  const commandId = randomUUID()
  const events = [happened(1), happened(2)]
  const attempts = Array.from({ length: 20 }, (_, n) =>
    transaction((client) => append(client, `s-${id}`, n % 2 ? 0 : 'any', events, { commandId })),
  )
  const results = await Promise.all(attempts)
  assert.equal(results.filter(({ outcome }) => outcome === 'appended').length, 1)
  assert.equal(results.filter(({ outcome }) => outcome === 'repeated').length, 19)
  appended(await append(pool, `s-${id}`, 2, [happened(3)]))
  const again = await append(pool, `s-${id}`, 'any', [happened(7)], { commandId })
  assert.ok(again.outcome === 'repeated')
  assert.equal(again.version, 3)
  assert.deepEqual(again.events, (await readStream(pool, `s-${id}`, { upTo: 2 })).events)
  appended(await append(pool, `s-${id}-2`, 0, events, { commandId }))
})

test('an event id is taken once', async (t) => {
  const { pool, id } = harness(t)
  const eventId = randomUUID()
  appended(await append(pool, `s-${id}`, 0, [{ ...happened(1), eventId }]))
  await assert.rejects(
    append(pool, `s-${id}-2`, 0, [{ ...happened(1), eventId }]),
    withCode('duplicateEventId'),
  )
  await assert.rejects(
    append(pool, `s-${id}-2`, 0, [
      { ...happened(1), eventId: randomUUID() },
      { ...happened(2), eventId },
    ]),
    withCode('duplicateEventId'),
  )
  assert.equal(await readVersion(pool, `s-${id}-2`), 0)
})

test('in a stricter transaction a conflict with a younger one is a serialization failure, never a wrong version', async (t) => {
  const { pool, open, id } = harness(t)
  const strict = await open()
  await strict.query('set transaction isolation level repeatable read')
  assert.equal(await readVersion(strict, `s-${id}`), 0)
  appended(await append(pool, `s-${id}`, 0, [happened(1)]))
  await assert.rejects(append(strict, `s-${id}`, 0, [happened(2)]), { code: '40001' })
})

test('a transaction that appends to more streams than it may lock goes on', async (t) => {
  const { pool, transaction, id } = harness(t)
  await transaction(async (client) => {
    for (let n = 0; n < 100; n++) appended(await append(client, `s-${id}-${n}`, 'any', [happened(n)]))
    const { rows } = await client.query(
      `select count(*)::integer as locks from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`,
    )
    assert.equal(rows[0].locks, 32)
  })
  assert.equal(await readVersion(pool, `s-${id}-99`), 1)
})

test('what is not well formed is refused with a reason, before anything is sent', async (t) => {
  const { pool, id } = harness(t)
  const refused: readonly [EventStoreErrorCode, string, number, readonly EventData[]][] = [
    ['invalidEvent', `s-${id}`, 0, []],
    ['invalidEvent', `s-${id}`, 0, Array.from({ length: 1_001 }, () => happened(1))],
    ['invalidEvent', '', 0, [happened(1)]],
    ['invalidEvent', 's'.repeat(257), 0, [happened(1)]],
    ['invalidEvent', `s-${id}`, -1, [happened(1)]],
    ['invalidEvent', `s-${id}`, 1.5, [happened(1)]],
    ['invalidEvent', `s-${id}`, 0, [{ type: '', data: 1 }]],
    ['invalidEvent', `s-${id}`, 0, [{ type: 'x', data: undefined }]],
    ['invalidEvent', `s-${id}`, 0, [{ ...happened(1), eventId: 'no' }]],
    ['unstorable', 's-\0', 0, [happened(1)]],
    ['unstorable', `s-${id}`, 0, [{ type: 'x', data: { text: 'a\0' } }]],
    ['unstorable', `s-${id}`, 0, [{ type: 'x', data: Number.NaN }]],
    ['unstorable', `s-${id}`, 0, [{ ...happened(1), metadata: { text: '\ud800' } }]],
    ['tooLarge', `s-${id}`, 0, [{ type: 'x', data: 'x'.repeat(1_000_000) }]],
  ]
  for (const [code, stream, version, events] of refused)
    await assert.rejects(
      append(pool, stream, version, events),
      withCode(code),
      `${code} ${stream} ${version}`,
    )
  await assert.rejects(
    append(pool, `s-${id}`, 0, [happened(1)], { commandId: 'no' }),
    withCode('invalidEvent'),
  )
  const largest = { type: 'x', data: 'x'.repeat(999_998) }
  appended(await append(pool, `s-${id}`, 0, [largest]))
})

test('a database without the store says so', async (t) => {
  const { transaction, id } = harness(t)
  for (const use of [
    (client: Queryable) => append(client, `s-${id}`, 0, [happened(1)]),
    (client: Queryable) => readStream(client, `s-${id}`),
  ]) {
    const attempt = transaction(async (client) => {
      await client.query('drop schema event_store cascade')
      await use(client)
    })
    await assert.rejects(attempt, withCode('notMigrated'))
  }
})

test('events, their read model and the outbox are of one transaction', async (t) => {
  const { pool, transaction, id } = harness(t)
  const undone = transaction(async (client) => {
    appended(await append(client, `s-${id}`, 0, [happened(1)]))
    await enqueue(client, [{ topic: 't', type: 'happened', payload: {} }])
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  assert.equal(await readVersion(pool, `s-${id}`), 0)
  assert.equal((await pool.query('select from outbox.event')).rows.length, 0)
})

/** Waits until `count` connections to the pool's database wait for a lock. */
async function lockWaiters(pool: pg.Pool, count: number): Promise<void> {
  await eventually(async () => {
    const { rows } = await pool.query(
      `select count(*)::integer as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows[0].waiting >= count
  }, `${count} connections wait for a lock`)
}

function withCode(code: EventStoreErrorCode) {
  return (error: unknown) => error instanceof EventStoreError && error.code === code
}
