// What goes wrong with windows elsewhere, each as a test (19 to 22 of the list of traps).
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { afterTest, testServers } from '@relevo/testing'
import pg from 'pg'
import {
  analyticsHarness,
  databaseHarness,
  figuresOf,
  notificationEvent,
  orderEvent,
  stockEvent,
  takeOn,
} from './analyticsHarness.ts'
import { computeSpans } from './sql/computeSpans.ts'

before(() => testServers())

const day = '2026-01-15T'

test('trap 20, late event after close: a revision that counts it, the window before as it was', async (t) => {
  const h = await analyticsHarness(t)
  const [one, late] = [randomUUID(), randomUUID()]
  await h.take(orderEvent('ORDER_CREATED', one, `${day}12:01:00Z`, { amount: '100.10' }))
  await h.take(
    orderEvent('ORDER_CONFIRMED', one, `${day}12:02:00Z`, {
      amount: '100.10',
      created_at: `${day}12:01:00Z`,
    }),
  )
  await h.take(orderEvent('ORDER_CREATED', randomUUID(), `${day}12:06:00Z`))
  assert.deepEqual(await h.close(`${day}12:05:29Z`), [])
  const [first] = await h.close(`${day}12:05:30Z`)
  assert.deepEqual([first?.revision, first?.lateEvents], [1, 0n])
  assert.deepEqual(figuresOf(first).revenue_confirmed, 10_010)
  await h.close(`${day}12:10:30Z`)
  await h.take(orderEvent('ORDER_CREATED', late, `${day}12:03:00Z`, { amount: '5.00' }))
  const revised = await h.close(`${day}12:10:40Z`)
  assert.deepEqual(
    revised.map(({ start, revision, lateEvents }) => [start.toISOString(), revision, lateEvents]),
    [
      [`${day}12:00:00.000Z`, 2, 1n],
      // What is pending at the end of the next one has changed with it, and nothing came late there.
      [`${day}12:05:00.000Z`, 2, 0n],
    ],
  )
  const [a, b] = revised.map(figuresOf)
  assert.deepEqual([a?.orders_created, a?.conversion_denominator, a?.revenue_pending], [2, 2, 500])
  assert.equal(b?.revenue_pending, 1_500)
  assert.deepEqual(await h.close(`${day}12:10:50Z`), [], 'nothing has changed since')
})

test('trap 20, event a day in the future: it counts when it was sent, and closes no window', async (t) => {
  const h = await analyticsHarness(t)
  const ahead = orderEvent('ORDER_CREATED', randomUUID(), '2026-01-16T12:01:00Z')
  await h.take({ ...ahead, recordTime: new Date(`${day}12:01:00Z`) })
  const { rows } = await h.pool.query(`select at, clamped from contribution`)
  assert.deepEqual(rows, [{ at: new Date(`${day}12:01:00Z`), clamped: true }])
  const [report] = await h.close(`${day}12:05:30Z`)
  assert.deepEqual(report?.start, new Date(`${day}12:00:00Z`))
  assert.equal(figuresOf(report).clamped_events, 1)
})

test('trap 20, replay from offset 0: into an empty database the same reports, into the same one none', async (t) => {
  const [h, other] = [await analyticsHarness(t), await analyticsHarness(t)]
  const orders = Array.from({ length: 20 }, () => randomUUID())
  const events = orders.flatMap((order, n) => {
    const created = `${day}12:0${n % 10}:00Z`
    const options = { amount: `${n}.05`, created_at: created }
    return [
      orderEvent('ORDER_CREATED', order, created, options),
      orderEvent(n % 3 ? 'ORDER_CONFIRMED' : 'ORDER_CANCELLED', order, `${day}12:1${n % 10}:00Z`, options),
      stockEvent(n % 4, 100 - n, n % 5, created),
    ]
  })
  for (const event of events) await h.take(event)
  await h.close(`${day}13:00:00Z`)
  const reports = await h.reports()
  assert.equal(reports.length, 4)
  await h.take(...events)
  assert.deepEqual(await h.close(`${day}13:10:00Z`), [])
  assert.deepEqual(await h.reports(), reports)
  await other.take(...events.toReversed())
  await other.close(`${day}13:00:00Z`)
  assert.deepEqual(await other.reports(), reports)
})

test('trap 21, boundary and zone: half-open windows in UTC, around DST and with TimeZone=Asia/Kathmandu', async (t) => {
  const { url } = await analyticsHarness(t)
  const pool = new pg.Pool({ connectionString: url, options: '-c TimeZone=Asia/Kathmandu', max: 3 })
  afterTest(t, () => pool.end())
  assert.equal((await pool.query('show timezone')).rows[0].TimeZone, 'Asia/Kathmandu')
  const h = databaseHarness(pool)
  // The clocks of Madrid went ahead at 01:00 UTC on 29 March 2026, and back at 01:00 UTC on 25 October.
  const times = [
    `${day}12:04:59.999999Z`,
    `${day}12:05:00.000000Z`,
    '2026-03-29T00:59:59.999Z',
    '2026-03-29T03:00:00.000+02:00',
    '2026-10-25T02:59:59.999+02:00',
    '2026-10-25T02:00:00.000+01:00',
    `${day}23:59:59.999Z`,
    '2026-01-16T00:00:00Z',
  ]
  const starts = [
    `${day}12:00:00.000Z`,
    `${day}12:05:00.000Z`,
    '2026-03-29T00:55:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-10-25T00:55:00.000Z',
    '2026-10-25T01:00:00.000Z',
    `${day}23:55:00.000Z`,
    '2026-01-16T00:00:00.000Z',
  ]
  for (const time of times) await h.take(notificationEvent('NOTIFICATION_SENT', time))
  const reports = await h.close('2026-11-01T00:00:00Z')
  assert.deepEqual(reports.map(({ start }) => start.toISOString()).sort(), starts.toSorted())
  assert.ok(reports.every(({ figures }) => figures.events === 1n))
  const [sum] = (await pool.query('select count(*)::integer as n from contribution')).rows
  assert.equal(
    reports.reduce((all, { figures }) => all + Number(figures.events), 0),
    sum.n,
  )
})

test('trap 22, conversion by cohort: created in one window and confirmed in another it is at most 100 %', async (t) => {
  const h = await analyticsHarness(t)
  const orders = Array.from({ length: 3 }, () => randomUUID())
  const created_at = `${day}12:04:00Z`
  for (const order of orders) await h.take(orderEvent('ORDER_CREATED', order, created_at))
  await h.take(orderEvent('ORDER_CREATED', randomUUID(), `${day}12:06:00Z`))
  await h.close(`${day}12:05:30Z`)
  for (const order of orders)
    await h.take(orderEvent('ORDER_CONFIRMED', order, `${day}12:07:00Z`, { created_at }))
  const reports = await h.close(`${day}12:10:30Z`)
  const [first, second] = reports.map(figuresOf)
  assert.deepEqual(
    [first?.conversion_numerator, first?.conversion_denominator, first?.orders_confirmed],
    [3, 3, 0],
  )
  assert.deepEqual(
    [second?.conversion_numerator, second?.conversion_denominator, second?.orders_confirmed],
    [0, 1, 3],
  )
  assert.deepEqual(
    reports.map(({ revision, lateEvents }) => [revision, lateEvents]),
    [
      [2, 0n],
      [1, 0n],
    ],
  )
  assert.deepEqual([first?.revenue_pending, second?.revenue_pending], [3_000, 1_000])
})

test('an order that is cancelled after it was confirmed counts as lost and reversed, and not as converted', async (t) => {
  const h = await analyticsHarness(t)
  const [order, purchase] = [randomUUID(), randomUUID()]
  const created_at = `${day}12:00:00Z`
  for (const [type, minute] of [
    ['ORDER_CREATED', 0],
    ['ORDER_CONFIRMED', 1],
    ['ORDER_CANCELLED', 2],
  ] as const)
    await h.take(orderEvent(type, order, `${day}12:0${minute}:00Z`, { amount: '7.50', created_at }))
  await h.take(orderEvent('ORDER_CREATED', purchase, created_at, { amount: '1000', order_type: 'buy' }))
  const [report] = await h.close(`${day}12:05:30Z`)
  const { revenue_created, revenue_confirmed, revenue_lost, revenue_reversed, revenue_pending, ...rest } =
    figuresOf(report)
  assert.deepEqual(
    [revenue_created, revenue_confirmed, revenue_lost, revenue_reversed, revenue_pending],
    [750, 750, 750, 750, 0],
  )
  assert.deepEqual([rest.conversion_numerator, rest.conversion_denominator], [0, 2])
})

test('the stock of a window is that at its end, by the order of commits where times are equal', async (t) => {
  const h = await analyticsHarness(t)
  const earlier = stockEvent(1, 10, 0, `${day}12:01:00Z`)
  const later = stockEvent(1, 10, 4, `${day}12:01:00Z`)
  await h.take(later)
  await h.take(earlier, stockEvent(2, 3, 2, `${day}12:02:00Z`), stockEvent(1, 99, 0, `${day}12:05:00Z`))
  const [report] = await h.close(`${day}12:05:30Z`)
  const { products, stock, reserved, low_stock } = figuresOf(report)
  assert.deepEqual(
    { products, stock, reserved, low_stock },
    { products: 2, stock: 13, reserved: 6, low_stock: 1 },
  )
})

test('what is contributed while windows are closed is in the report or in the next revision', async (t) => {
  const h = await analyticsHarness(t)
  await h.take(notificationEvent('NOTIFICATION_SENT', `${day}12:01:00Z`))
  const open = await h.pool.connect()
  afterTest(t, () => open.release())
  await open.query('begin')
  await takeOn(open, [notificationEvent('NOTIFICATION_SENT', `${day}12:02:00Z`)])
  const [first] = await h.close(`${day}12:05:30Z`)
  assert.equal(first?.figures.events, 1n)
  await open.query('commit')
  const [second] = await h.close(`${day}12:05:31Z`)
  assert.deepEqual([second?.figures.events, second?.revision, second?.lateEvents], [2n, 2, 1n])
})

test('of several replicas at once each report is made once', async (t) => {
  const h = await analyticsHarness(t)
  for (let minute = 10; minute < 60; minute++)
    await h.take(notificationEvent('NOTIFICATION_SENT', `${day}12:${minute}:00Z`))
  const found = await Promise.all(Array.from({ length: 8 }, () => h.close(`${day}13:00:30Z`)))
  assert.equal(found.flat().length, 10)
  assert.equal((await h.pool.query('select from window_report')).rowCount, 10)
})

test('many windows at once have the figures that each has alone', async (t) => {
  const h = await analyticsHarness(t)
  const at = (minute: number) => new Date(Date.parse(`${day}12:00:00Z`) + minute * 60_000).toISOString()
  for (let n = 0; n < 40; n++) {
    const [order, created_at] = [randomUUID(), at(n)]
    const options = { amount: `${n}.05`, created_at }
    await h.take(orderEvent('ORDER_CREATED', order, created_at, options))
    // Some end at once, some in a later window, some never; and some before they were placed.
    const end = [0, 3, 17, undefined, -4][n % 5]
    if (end !== undefined)
      await h.take(orderEvent(n % 2 ? 'ORDER_CONFIRMED' : 'ORDER_CANCELLED', order, at(n + end), options))
  }
  const windowAt = (minute: number) => ({ start: new Date(at(minute)), end: new Date(at(minute + 5)) })
  const spans = [0, 5, 10, 25, 30, 55].map(windowAt)
  const alone = await Promise.all(spans.map((span) => computeSpans(h.pool, [span])))
  assert.deepEqual(await computeSpans(h.pool, spans.toReversed()), alone.flat())
  assert.equal(new Set(alone.flat().map(({ figures }) => figures.revenue_pending)).size, spans.length)
})

test('what was pending at many ends is read once, and not for each window since', async (t) => {
  const { pool } = await analyticsHarness(t)
  const orders = 4_000
  await pool.query(
    `
insert into placed_order (order_id, order_type, amount_minor, created_at, confirmed_at, placed_at, ended_at)
select gen_random_uuid(), 'sell', 100, at, at + interval '1 s', at, at + interval '1 s'
from generate_series(1, $1) n, lateral (select $2::timestamptz + n * interval '10 s') a (at)`,
    [orders, `${day}00:00:00Z`],
  )
  await pool.query('analyze placed_order')
  let plan: unknown
  const client = {
    query: async ({ text, values }: { text: string; values: unknown[] }) => {
      const { rows } = await pool.query(`explain (analyze, format json) ${text}`, values)
      plan = rows[0]['QUERY PLAN']
      return { rows: [] }
    },
  }
  const start = Date.parse(`${day}00:00:00Z`)
  const spans = Array.from({ length: 50 }, (_, n) => {
    return { start: new Date(start + n * 300_000), end: new Date(start + (n + 1) * 300_000) }
  })
  await computeSpans(client as unknown as pg.Pool, spans)
  assert.ok(rowsRead(plan) >= orders / 2, 'the plan of a statement that read orders')
  assert.ok(rowsRead(plan) < 8 * orders, `${rowsRead(plan)} rows were read`)
})

/** The rows of orders that a plan has looked at. */
function rowsRead(plan: unknown): number {
  if (typeof plan !== 'object' || plan === null) return 0
  const node = plan as Record<string, number>
  const own = 'Relation Name' in plan ? (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) : 0
  const below = Object.values(plan).reduce((sum: number, each) => sum + rowsRead(each), 0)
  return own * (node['Actual Loops'] ?? 1) + below
}
