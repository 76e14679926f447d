import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { outboxMigrations } from '@relevo/outbox'
import { forAllTests, testDatabase } from '@relevo/testing'
import { findIdSql, lookSql, searchEvents } from './searchEvents.ts'

const many = 30_000
/** The first event is recorded at this time, and one every 10 ms after it. */
const begin = new Date(Date.now() - 600_000)
const at = (n: number) => new Date(begin.getTime() + n * 10)

const stack = forAllTests(async (t) => {
  const { pool } = await testDatabase(t, [outboxMigrations])
  // Straight into the table: it is about what is there, not about how it came.
  await pool.query(
    `insert into outbox.event (shard, event_id, topic, key, type, headers, payload, created_at)
     select 0, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'orders', 'order-' || n % 1000,
       case when n % 100 = 0 then 'ORDER_CANCELLED' else 'ORDER_PLACED' end,
       case when n % 2 = 0 then json_build_object('ce_correlationid', 'c-' || n % 500, 'ce_causationid', 'e-' || n) end,
       json_build_object('n', n), $1::timestamptz + n * interval '10 ms'
     from generate_series(0, $2::int - 1) n`,
    [begin, many],
  )
  await pool.query('analyze outbox.event')
  return { pool }
})

const idOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const numbers = (events: readonly { payload: string | null }[]) =>
  events.map(({ payload }) => JSON.parse(payload ?? '').n)

test('events are found by what they are, newest first', async () => {
  const { pool } = stack()
  const byKey = await searchEvents(pool, { key: 'order-7', limit: 3 })
  assert.deepEqual(numbers(byKey.events), [29_007, 28_007, 27_007])
  const both = await searchEvents(pool, { type: 'ORDER_CANCELLED', correlationId: 'c-0', limit: 2 })
  assert.deepEqual(numbers(both.events), [29_500, 29_000])
  const caused = await searchEvents(pool, { causationId: 'e-29998', limit: 10 })
  assert.deepEqual(numbers(caused.events), [29_998])
  const [event] = caused.events
  assert.deepEqual(
    [event?.key, event?.state, event?.payloadBytes],
    ['order-998', 'P', event?.payload?.length],
  )
})

test('a page looks at a bounded number of events, tells how far it came, and the next goes on there', async () => {
  const { pool } = stack()
  const first = await searchEvents(pool, { eventId: idOf(5), limit: 10 })
  assert.deepEqual([first.events.length, first.searchedTo], [0, at(10_000)])
  const second = await searchEvents(pool, { eventId: idOf(5), limit: 10, before: first.next })
  assert.deepEqual([numbers(second.events), second.next, second.searchedTo], [[5], undefined, at(0)])
  const pages = await searchEvents(pool, { key: 'order-7', limit: 1 })
  const next = await searchEvents(pool, { key: 'order-7', limit: 1, before: pages.next })
  assert.deepEqual([numbers(pages.events), numbers(next.events)], [[29_007], [28_007]])
})

test('a time is found in the ids, so that an old event costs no more than a new one', async () => {
  const { pool } = stack()
  const old = await searchEvents(pool, { eventId: idOf(5), limit: 10, from: at(0), to: at(10) })
  assert.deepEqual([numbers(old.events), old.next], [[5], undefined])
  const span = await searchEvents(pool, { limit: 100, from: at(15_000), to: at(15_003) })
  assert.deepEqual(numbers(span.events), [15_002, 15_001, 15_000])
  for (const time of [at(-100_000), at(many + 100_000)]) {
    const none = await searchEvents(pool, { limit: 10, from: time, to: new Date(time.getTime() + 1) })
    assert.deepEqual([none.events, none.next], [[], undefined])
  }
})

test('an empty outbox has nothing to be found', async (t) => {
  const { pool } = await testDatabase(t, [outboxMigrations])
  const search = { eventId: randomUUID(), limit: 10, from: at(0), to: at(1) }
  assert.deepEqual(await searchEvents(pool, search), { events: [], searchedTo: undefined, next: undefined })
})

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

test('both statements read the outbox by the index of its ids alone', async () => {
  const { pool } = stack()
  const wanted = [idOf(5), null, null, null, null, null, null, null]
  for (const [statement, values] of [
    [lookSql, [many, 0, 20_000, 10, ...wanted]],
    [findIdSql, [at(15_000)]],
  ] as const) {
    const { rows } = await pool.query(`explain (analyze, format json) ${statement}`, [...values])
    const nodes = flatten(rows[0]['QUERY PLAN'][0].Plan)
    const read = nodes.filter((node) => node['Relation Name'] !== undefined && node['Actual Rows'] > 0)
    assert.ok(read.length > 0)
    const others = read
      .map((node) => node['Node Type'])
      .filter((type) => !/^Index (?:Only )?Scan$/.test(type))
    assert.deepEqual(others, [])
  }
})

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)]
}
