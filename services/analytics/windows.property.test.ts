import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkLaws } from '../../proof/checkLaws.ts'
import { analyticsAgreements, analyticsLaws } from '../../systems/shop/analyticsLaws.ts'
import {
  analyticsHarness,
  notificationEvent,
  orderEvent,
  stockEvent,
  type TestEvent,
} from './analyticsHarness.ts'

const base = Date.parse('2026-01-15T12:00:00Z')
const at = (second: number) => new Date(base + second * 1_000).toISOString()
const orderId = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

const second = fc.nat(1_800)
const order = fc.record({
  created: second,
  confirmedAfter: fc.option(fc.nat(900)),
  cancelledAfter: fc.option(fc.nat(900)),
  cents: fc.integer({ min: 0, max: 10_000_000 }),
  type: fc.constantFrom('sell', 'buy'),
  createdIsMissing: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
})
const stock = fc.record({ product: fc.integer({ min: 1, max: 3 }), stock: fc.nat(50), second })
const told = fc.record({
  second,
  type: fc.constantFrom('NOTIFICATION_SENT', 'NOTIFICATION_FAILED'),
  ahead: fc.boolean(),
})

/** What happens, and in which order, batches and repetitions it is delivered while windows close. */
const history = fc.record({
  orders: fc.array(order, { minLength: 1, maxLength: 8 }),
  stocks: fc.array(stock, { maxLength: 6 }),
  told: fc.array(told, { maxLength: 6 }),
  shuffle: fc.infiniteStream(fc.nat(1_000_000)),
  batches: fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
  closes: fc.infiniteStream(fc.nat(3_000)),
  repeated: fc.infiniteStream(fc.nat(2)),
})
type History = typeof history extends fc.Arbitrary<infer H> ? H : never

function eventsOf({ orders, stocks, told: notes }: History): TestEvent[] {
  const ofOrders = orders.flatMap((each, n) => {
    const { created, cents, type: order_type, confirmedAfter, cancelledAfter } = each
    const options = { amount: (cents / 100).toFixed(2), order_type, created_at: at(created) } as const
    const later = (type: string, after: number | null) =>
      after === null ? [] : [orderEvent(type, orderId(n), at(created + after), options)]
    return [
      ...(each.createdIsMissing ? [] : [orderEvent('ORDER_CREATED', orderId(n), at(created), options)]),
      ...later('ORDER_CONFIRMED', confirmedAfter),
      ...later('ORDER_CANCELLED', cancelledAfter),
    ]
  })
  const ofStocks = stocks.map((each) => stockEvent(each.product, each.stock, 0, at(each.second)))
  const ofNotes = notes.map(({ second: sent, type, ahead }) => {
    const note = notificationEvent(type as 'NOTIFICATION_SENT', at(sent))
    // A clock that is a day ahead; its record is not.
    return ahead ? { ...note, time: at(sent + 86_400) } : note
  })
  return [...ofOrders, ...ofStocks, ...ofNotes]
}

function shuffled<T>(items: readonly T[], keys: Iterator<number>): T[] {
  const keyed = items.map((item) => ({ item, key: Number(keys.next().value) }))
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}

const sumsOfWindows = analyticsAgreements.at(-1)?.sides[1].facts ?? ''

/** The sums over the order streams, as the agreement of the system has them. */
function sumsOf(events: readonly TestEvent[]): Record<string, string> {
  const byType = Object.groupBy(
    events.filter(({ data }) => 'total_amount' in data),
    ({ type }) => type,
  )
  const cents = ({ data }: TestEvent) =>
    data.order_type === 'sell'
      ? Math.round(Number((data.total_amount as { amount: string }).amount) * 100)
      : 0
  return Object.fromEntries(
    Object.entries(byType).map(([type, some = []]) => {
      const sum = some.reduce((all, event) => all + cents(event), 0)
      return [type, `${some.length} orders, ${(sum / 100).toFixed(2)}`]
    }),
  )
}

test('closed windows are equal, byte for byte, in whatever order, batches and repetitions events come, late or not', async (t) => {
  const [live, again] = [await analyticsHarness(t), await analyticsHarness(t)]
  const empty = 'truncate contribution, placed_order, touched, closing, window_report, watermark'
  const property = fc.asyncProperty(history, async (given) => {
    for (const { pool } of [live, again]) await pool.query(empty)
    const events = eventsOf(given)
    await again.take(...events)
    await again.close(at(86_400))

    const [batches, closes, repeated] = [given.batches, given.closes, given.repeated].map((each) =>
      each[Symbol.iterator](),
    )
    const delivered = [...events, ...events.filter(() => repeated?.next().value === 0)]
    const left = shuffled(delivered, given.shuffle[Symbol.iterator]())
    while (left.length > 0) {
      await live.take(...left.splice(0, Number(batches?.next().value)))
      await live.close(at(Number(closes?.next().value)))
    }
    await live.close(at(86_400))
    assert.deepEqual(await live.reports(), await again.reports())
    for (const { pool } of [live, again]) {
      assert.deepEqual(await checkLaws(analyticsLaws, { analytics: pool }), [])
      const { rows } = await pool.query(sumsOfWindows)
      // What an order is created with is known by its later events too, which the streams' sum does not count.
      if (given.orders.some(({ createdIsMissing }) => createdIsMissing)) continue
      assert.deepEqual(Object.fromEntries(rows.map(({ key, value }) => [key, value])), sumsOf(events))
    }
  })
  await fc.assert(property, { numRuns: 15 })
})

test('the laws of the windows find what breaks them', async (t) => {
  const h = await analyticsHarness(t)
  await h.take(
    orderEvent('ORDER_CREATED', orderId(1), at(1)),
    orderEvent('ORDER_CONFIRMED', orderId(1), at(2)),
  )
  await h.close(at(3_600))
  const broken = async (sql: string) => {
    const client = await h.pool.connect()
    try {
      await client.query('begin')
      await client.query(sql)
      return (await checkLaws(analyticsLaws, { analytics: client })).map(({ law }) => law)
    } finally {
      await client.query('rollback')
      client.release()
    }
  }
  const [sums, events, , orders] = analyticsLaws.map(({ name }) => name)
  assert.deepEqual(await broken('select 1'), [])
  assert.deepEqual(await broken('update window_report set revenue_confirmed = revenue_confirmed + 1'), [sums])
  assert.deepEqual(await broken('update window_report set events = 7'), [events])
  assert.deepEqual(await broken('update placed_order set cancelled_at = created_at'), [sums, orders])
  assert.deepEqual(await broken(`delete from contribution where type = 'ORDER_CONFIRMED'`), [events, orders])
  await assert.rejects(broken('update window_report set conversion_numerator = 2'), { code: '23514' })
})
