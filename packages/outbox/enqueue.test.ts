import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { type Origin, withOrigin } from '@relevo/origin'
import { createTestDatabase } from '@relevo/testing'
import fc from 'fast-check'
import pg from 'pg'
import { validate as isUuid } from 'uuid'
import { enqueue } from './enqueue.ts'
import type { NewEvent } from './event.ts'
import { OutboxError, type OutboxErrorCode } from './outboxError.ts'
import { lockWaiters, outboxHarness } from './outboxHarness.ts'
import { enqueueEvent, enqueueEvents } from './sql/enqueueEvents.ts'

const event = (fields: Partial<NewEvent> = {}): NewEvent => ({
  topic: 't',
  type: 'happened',
  payload: 1,
  ...fields,
})
const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, 'v']))
const withCode = (code: OutboxErrorCode) => (error: unknown) =>
  error instanceof OutboxError && error.code === code

test('events are stored as given, in order, with what was left out filled in', async (t) => {
  const { pool } = await outboxHarness(t)
  const eventId = '0190b2a4-0000-7000-8000-000000000001'
  const recorded = await enqueue(pool, [
    event({ eventId, key: 'k', partitionKey: 'p', headers: { a: 'b' }, payload: { x: ['ñ', null, 1.5] } }),
    event({ topic: 'u' }),
  ])
  const { rows } = await pool.query(
    `select id::integer, event_id, topic, key, partition_key, type, headers, payload, xid::text, shard, created_at
     from outbox.event order by id`,
  )
  const [first, second] = recorded
  assert.deepEqual(rows[0], {
    id: first?.id,
    event_id: eventId,
    topic: 't',
    key: 'k',
    partition_key: 'p',
    type: 'happened',
    headers: { a: 'b' },
    payload: { x: ['ñ', null, 1.5] },
    xid: String(first?.xid),
    shard: first?.shard,
    created_at: first?.createdAt,
  })
  assert.ok(second && isUuid(second.eventId))
  assert.equal(rows[1].key, second.eventId, 'without a key no order is kept')
  assert.equal(rows[1].partition_key, null)
  assert.equal(rows[1].headers, null)
  assert.equal(second.xid, first?.xid)
  assert.ok(second.id > (first?.id ?? Number.NaN))
  assert.deepEqual(await enqueue(pool, []), [])
})

test('an event has in its headers what it follows from, by itself and among others', async (t) => {
  const { pool } = await outboxHarness(t)
  const origin: Origin = { ce_causationid: 'request:1' }
  const one = await withOrigin(origin, () => enqueue(pool, [event({ headers: { a: 'b' } })]))
  await withOrigin(origin, () => enqueue(pool, [event(), event({ headers: { ce_causationid: 'x' } })]))
  await enqueue(pool, [event()])
  const { rows } = await pool.query('select headers from outbox.event order by id')
  const follows = { ce_causationid: 'request:1', ce_correlationid: one[0]?.eventId }
  assert.deepEqual(
    rows.map((row) => row.headers),
    [{ ...follows, a: 'b' }, follows, { ...follows, ce_causationid: 'x' }, null],
  )
})

test('an event by itself is stored as it is among others', async (t) => {
  const { pool } = await outboxHarness(t)
  const full = { partitionKey: 'p', key: 'k', headers: { a: 'b' }, payload: { x: ['ñ', null, 1.5] } }
  const alone = [await enqueue(pool, [event(full)]), await enqueue(pool, [event()])].flat()
  const together = await enqueue(pool, [event(full), event({ key: alone[1]?.eventId ?? '' })])
  const { rows } = await pool.query(
    `select id::integer, event_id, xid::text, shard, created_at, topic, key, partition_key, type,
       headers::text, payload::text from outbox.event order by id`,
  )
  const stored = rows.map(({ id, event_id: eventId, xid, shard, created_at: createdAt }) => {
    return { id, eventId, xid: BigInt(xid), shard, createdAt }
  })
  assert.deepEqual(stored, [...alone, ...together])
  const rest = ({ shard, topic, key, partition_key, type, headers, payload }: (typeof rows)[number]) => {
    return { shard, topic, key, partition_key, type, headers, payload }
  }
  assert.deepEqual(rest(rows[0]), rest(rows[2]))
  assert.deepEqual(rest(rows[1]), rest(rows[3]))
})

test('what is rolled back is not there', async (t) => {
  const { pool } = await outboxHarness(t)
  const client = await pool.connect()
  await client.query('begin')
  await enqueue(client, [event()])
  await client.query('rollback')
  client.release()
  const { rows } = await pool.query('select count(*)::integer from outbox.event')
  assert.equal(rows[0].count, 0)
})

test('a transaction with a key in hand holds the next one of that key back, and no other', async (t) => {
  const { pool } = await outboxHarness(t)
  const [first, second] = [await pool.connect(), await pool.connect()]
  await first.query('begin')
  const [early] = await enqueue(first, [event({ key: 'k' })])
  await enqueue(second, [event({ key: 'other' })])
  const waiting = enqueue(second, [event({ key: 'k' })])
  await lockWaiters(pool, 1)
  const [last] = await enqueue(first, [event({ key: 'k' })])
  await first.query('commit')
  const [late] = await waiting
  first.release()
  second.release()
  assert.ok(early && last && late)
  assert.ok(early.id < last.id && last.id < late.id)
})

test('a transaction with few keys in hand holds those of their buckets back that lock many keys, and no others', async (t) => {
  const { pool } = await outboxHarness(t)
  const { rows } = await pool.query(
    `select 'k' || i as key from generate_series(1, 50000) i
     where outbox.key_bucket('k' || i) = outbox.key_bucket('k') limit 2`,
  )
  const [neighbour, another] = rows.map((row) => event({ key: row.key }))
  const many = Array.from({ length: 40 }, (_, i) => event({ key: `many ${i}` }))
  assert.ok(neighbour && another)
  const [first, second] = [await pool.connect(), await pool.connect()]
  await first.query('begin')
  await enqueue(first, [event({ key: 'k' })])
  await enqueue(second, [neighbour])
  const behind = enqueue(second, [...many, neighbour])
  await lockWaiters(pool, 1)
  await first.query('commit')
  await behind
  await first.query('begin')
  await enqueue(first, [...many, neighbour])
  const alone = enqueue(second, [another])
  await lockWaiters(pool, 1)
  await first.query('rollback')
  assert.equal((await alone).length, 1)
  first.release()
  second.release()
})

test('a transaction locks few keys one by one, so that it does not fill the lock table', async (t) => {
  const { pool } = await outboxHarness(t)
  const client = await pool.connect()
  await client.query('begin')
  for (let i = 0; i < 60; i++) await enqueue(client, [event({ key: `k${i}` })])
  const locks = `select classid::bigint, count(*)::integer from pg_locks
    where pid = pg_backend_pid() and locktype = 'advisory' group by 1 order by 1`
  const { rows } = await client.query(locks)
  const [buckets, keys] = rows
  assert.deepEqual(keys, { classid: '1919247996', count: 32 })
  assert.ok(buckets.classid === '1919247990' && buckets.count <= 60)
  await client.query('commit')
  await client.query('begin')
  await enqueue(client, [event()])
  assert.deepEqual(
    (await client.query(locks)).rows.map((row) => row.count),
    [1, 1],
  )
  await client.query('rollback')
  client.release()
})

test('ids of a key are in commit order under concurrent writers', async (t) => {
  const { pool } = await outboxHarness(t)
  await pool.query(`create table committed (place bigserial, key text, first_id bigint)`)
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      const client = await pool.connect()
      for (let i = 0; i < 25; i++) {
        const key = `k${(writer + i) % 2}`
        await client.query('begin')
        const others = Array.from({ length: [0, 1, 40][i % 3] ?? 0 }, (_, n) =>
          event({ key: `${writer} ${n}` }),
        )
        const [recorded] = await enqueue(client, [event({ key }), ...others])
        // The key's lock is held here, so that these places are drawn in the order of the commits.
        await client.query('insert into committed (key, first_id) values ($1, $2)', [key, recorded?.id])
        await client.query(i % 5 === 4 ? 'rollback' : 'commit')
      }
      client.release()
    }),
  )
  const { rows } = await pool.query(
    `select count(*)::integer as pairs, count(*) filter (where first_id < before)::integer as swapped
     from (select first_id, lag(first_id) over (partition by key order by place) as before from committed) c`,
  )
  assert.deepEqual(rows, [{ pairs: 160, swapped: 0 }])
})

test('single calls never deadlock, whatever keys they take in whatever order', async (t) => {
  const { pool } = await outboxHarness(t)
  const keys = Array.from({ length: 12 }, (_, i) => `k${i}`)
  const calls = Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; i < 20; i++) {
      const rotated = keys.map((_, index) => keys[(index * (writer % 2 ? 5 : 7) + i * writer) % 12] ?? '')
      await enqueue(
        pool,
        rotated.map((key) => event({ key })),
      )
    }
  })
  await Promise.all(calls)
  const { rows } = await pool.query('select count(*)::integer from outbox.event')
  assert.equal(rows[0].count, 8 * 20 * 12)
})

test('two transactions that lock keys in several calls and opposite order deadlock with the SQLSTATE that says so', async (t) => {
  const { pool } = await outboxHarness(t)
  const [a, b] = [await pool.connect(), await pool.connect()]
  await Promise.all([a.query("begin; set local deadlock_timeout = '20ms'"), b.query('begin')])
  await enqueue(a, [event({ key: 'first' })])
  await enqueue(b, [event({ key: 'second' })])
  const outcomes = await Promise.allSettled([
    enqueue(a, [event({ key: 'second' })]),
    enqueue(b, [event({ key: 'first' })]).then(() => b.query('commit')),
  ])
  await a.query('rollback')
  await b.query('rollback')
  a.release()
  b.release()
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.equal(failed.length, 1)
  assert.equal(failed[0]?.reason.code, '40P01')
})

test('a key is always in the same shard, for ever', async (t) => {
  const { pool } = await outboxHarness(t)
  const recorded = await enqueue(
    pool,
    ['a', 'b', 'order-1', 'ñ', '😀', 'a'].map((key) => event({ key })),
  )
  // From md5: these must not change with a release of Relevo or of Postgres, or order would be lost on the day.
  assert.deepEqual(
    recorded.map(({ shard }) => shard),
    [9, 14, 9, 14, 3, 9],
  )
})

test('keys spread evenly over the shards', async (t) => {
  const { pool } = await outboxHarness(t)
  const { rows } = await pool.query(
    `select outbox.key_bucket('key-' || i) % 16 as shard, count(*)::integer
     from generate_series(1, 16000) i group by 1`,
  )
  assert.equal(rows.length, 16)
  for (const { shard, count } of rows) assert.ok(count > 850 && count < 1150, `shard ${shard}: ${count}`)
})

test('an event that is not well formed is refused with a reason, before anything is sent', async () => {
  const client = { query: () => Promise.reject(new Error('was queried')) }
  const bad: [Partial<Record<keyof NewEvent, unknown>>, OutboxErrorCode][] = [
    [{ eventId: 'not-a-uuid' }, 'invalidEvent'],
    [{ topic: '' }, 'invalidEvent'],
    [{ topic: undefined }, 'invalidEvent'],
    [{ topic: 5 }, 'invalidEvent'],
    [{ key: '' }, 'invalidEvent'],
    [{ partitionKey: '' }, 'invalidEvent'],
    [{ type: '' }, 'invalidEvent'],
    [{ payload: undefined }, 'invalidEvent'],
    [{ payload: 10n }, 'invalidEvent'],
    [{ headers: { a: 1 } }, 'invalidEvent'],
    [{ topic: 't'.repeat(250) }, 'invalidEvent'],
    [{ type: 't'.repeat(8_193) }, 'invalidEvent'],
    [{ headers: null }, 'invalidEvent'],
    [{ headers: ['a'] }, 'invalidEvent'],
    [{ headers: { a: null } }, 'invalidEvent'],
    [{ headers: headers(101) }, 'invalidEvent'],
    [{ headers: { ['ñ'.repeat(129)]: 'a' } }, 'invalidEvent'],
    [{ headers: { a: 'ñ'.repeat(4_097) } }, 'invalidEvent'],
    [{ key: 'a\0' }, 'unstorable'],
    [{ topic: '\uD800' }, 'unstorable'],
    [{ payload: { a: ['\0'] } }, 'unstorable'],
    [{ headers: { a: '\uDC00' } }, 'unstorable'],
    [{ headers: { '\0': 'a' } }, 'unstorable'],
  ]
  for (const [fields, code] of bad) {
    const events = [event(), { ...event(), ...fields } as NewEvent]
    await assert.rejects(enqueue(client, events), withCode(code), JSON.stringify(Object.keys(fields)))
  }
})

test('the SQL functions refuse what enqueue refuses, each with an SQLSTATE of its own', async (t) => {
  const { pool } = await outboxHarness(t)
  const good = { id: randomUUID(), topic: 't', key: 'k', part: null, type: 'y', headers: null, payload: '1' }
  const bad: [Partial<Record<keyof typeof good, unknown>>, string][] = [
    ...['id', 'topic', 'key', 'type', 'payload'].map((name): [object, string] => [{ [name]: null }, 'OB001']),
    ...['topic', 'key', 'type', 'part'].map((name): [object, string] => [{ [name]: '' }, 'OB001']),
    [{ topic: 't'.repeat(250) }, 'OB001'],
    [{ type: 't'.repeat(8_193) }, 'OB001'],
    ...[
      '5',
      '{"a":5}',
      '{"a":"x", "b" : null}',
      '{"a":true}',
      '{"a":{"b":"c"}}',
      '{"a":["b"]}',
      '["a"]',
      'null',
      '"a"',
    ].map((json): [object, string] => [{ headers: json }, 'OB001']),
    [{ headers: JSON.stringify({ a: '\\', b: 5 }) }, 'OB001'],
    [{ headers: JSON.stringify(headers(101)) }, 'OB001'],
    [{ headers: JSON.stringify({ ['ñ'.repeat(129)]: 'a' }) }, 'OB001'],
    [{ headers: JSON.stringify({ a: 'ñ'.repeat(4_097) }) }, 'OB001'],
    [{ headers: '{"a":"\\u0000"}' }, 'OB002'],
    ...[
      '"\\u0000"',
      '{"\\u0000":1}',
      '"\\\\\\u0000"',
      '"\\ud800"',
      '"\\uDE00\\uD83D"',
      '"\\ud83d\\\\\\ude00"',
    ].map((json): [object, string] => [{ payload: json }, 'OB002']),
    [{ payload: `"${'x'.repeat(1_000_000)}"` }, 'OB003'],
    [{ key: 'x'.repeat(1_000_000) }, 'OB003'],
  ]
  for (const [fields, code] of bad) {
    const values = Object.values({ ...good, ...fields })
    const what = JSON.stringify(fields).slice(0, 60)
    await assert.rejects(pool.query(enqueueEvent, values), { code }, `${what} alone`)
    const columns = values.map((value, i) => [Object.values(good)[i], value])
    await assert.rejects(pool.query(enqueueEvents, columns), { code }, `${what} among others`)
  }
  const { rows } = await pool.query('select count(*)::integer from outbox.event')
  assert.equal(rows[0].count, 0)
})

test('what merely looks refusable is recorded', async (t) => {
  const { pool } = await outboxHarness(t)
  const events = [
    event({ headers: {} }),
    event({ headers: { a: '":5', b: '\\', c: '', '': '{"a":5}' } }),
    event({ headers: headers(100), key: 'ñ'.repeat(5_000) }),
    event({ headers: { ['x'.repeat(256)]: 'x'.repeat(8_192) }, type: 't'.repeat(8_192) }),
    event({ payload: ['\\u0000', '\\ud800', '\\\\u0000', '\u0001', '😀', null] }),
  ]
  for (const each of events) await enqueue(pool, [each])
  await enqueue(pool, events)
  // Other producers escape what JSON.stringify does not.
  await pool.query(enqueueEvent, [randomUUID(), 't', 'k', null, 'y', null, '"\\ud83d\\ude00 \\\\ud83d"'])
  const { rows } = await pool.query('select headers, payload from outbox.event order by id')
  const given = events.map(({ headers, payload }) => ({ headers: headers ?? null, payload }))
  assert.deepEqual(rows, [...given, ...given, { headers: null, payload: '😀 \\ud83d' }])
})

test('an event larger than the limit is refused with its size, the limit and how to change it', async (t) => {
  const { pool } = await outboxHarness(t)
  const large = event({ key: 'k'.repeat(400), headers: { a: 'a' }, payload: 'x'.repeat(600) })
  await enqueue(pool, [large])
  await pool.query('select outbox.set_max_event_bytes(1000)')
  for (const events of [[large], [event(), large]])
    await assert.rejects(enqueue(pool, events), (error: unknown) => {
      assert.ok(withCode('tooLarge')(error) && error instanceof OutboxError)
      assert.match(error.message, /has 1011 bytes .* limit is 1000\. .*set_max_event_bytes/)
      return true
    })
  await enqueue(pool, [event({ key: 'k'.repeat(400), payload: 'x'.repeat(598) })])
  await assert.rejects(pool.query('select outbox.set_max_event_bytes(0)'), { code: '23514' })
  await pool.query('select outbox.set_max_event_bytes(2000000)')
  await enqueue(pool, [event({ payload: 'x'.repeat(1_500_000) })])
})

test('whatever is accepted comes back from Postgres as it was', async (t) => {
  const { pool } = await outboxHarness(t)
  const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
  const events = fc.record({ key: texts, payload: fc.jsonValue({ stringUnit: 'binary' }) })
  await fc.assert(
    fc.asyncProperty(fc.array(events, { maxLength: 20 }), async (list) => {
      const accepted: NewEvent[] = []
      for (const fields of list) {
        const isFine = await enqueue({ query: async () => ({ rows: [] }) }, [event(fields)]).then(
          () => true,
          () => false,
        )
        if (isFine) accepted.push(event(fields))
      }
      const recorded = await enqueue(pool, accepted)
      const { rows } = await pool.query(
        'select key, payload::text from outbox.event where id = any($1) order by id',
        [recorded.map(({ id }) => id)],
      )
      const expected = accepted.map(({ key, payload }) => ({ key, payload: JSON.stringify(payload) }))
      assert.deepEqual(rows, expected)
    }),
    { numRuns: 60 },
  )
})

test('a database without the outbox says what to do', async () => {
  const empty = await createTestDatabase()
  const client = new pg.Client({ connectionString: empty.url })
  await client.connect()
  await assert.rejects(enqueue(client, [event()]), withCode('notMigrated'))
  await client.query('create schema outbox')
  await assert.rejects(enqueue(client, [event()]), withCode('notMigrated'))
  await client.end()
  await empty.drop()
})
