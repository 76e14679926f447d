import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { runCommand } from '@relevo/cli'
import { eventually } from '@relevo/testing'
import {
  notificationEvent,
  orderEvent,
  runningAnalytics,
  stockEvent,
  type TestEvent,
} from './analyticsHarness.ts'

const minuteMs = 60_000
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * minuteMs).toISOString()
const startOf = (time: string) =>
  new Date(Math.floor(Date.parse(time) / (5 * minuteMs)) * 5 * minuteMs).toISOString()

/** Orders that are confirmed two minutes after they were created. */
function orders(count: number, minutes: number): TestEvent[] {
  return Array.from({ length: count }, randomUUID).flatMap((id: string) => {
    const created_at = minutesAgo(minutes)
    return [
      orderEvent('ORDER_CREATED', id, created_at, { amount: '10.10' }),
      orderEvent('ORDER_CONFIRMED', id, minutesAgo(minutes - 2), { amount: '10.10', created_at }),
    ]
  })
}

test('trap 19, traffic stops: windows close although nothing comes any more and partitions are empty for ever', async (t) => {
  const created_at = minutesAgo(20)
  const id = randomUUID()
  const sent = [orderEvent('ORDER_CREATED', id, created_at, { amount: '1234.56' })]
  const h = await runningAnalytics(t, {}, { partitions: 3, sent })
  const { windows } = await h.until('/windows', ({ count }) => count === 1)
  assert.equal(windows[0].start, startOf(created_at))
  assert.equal(windows[0].revision, 1)
  const lags = await h.admin.topicOffsets(h.topics)
  assert.equal(lags.filter(({ end }) => end === 0n).length, 8, 'all partitions but one are empty')

  await h.send([orderEvent('ORDER_CONFIRMED', id, minutesAgo(1), { amount: '1234.56', created_at })])
  const revised = await h.until(`/windows/${windows[0].start}`, ({ revision }) => revision === 2)
  assert.deepEqual(revised.conversion, { numerator: 1, denominator: 1, rate: 100 })
  assert.equal(revised.late_events, 0)
  assert.deepEqual(
    revised.revisions.map(({ revision }: { revision: number }) => revision),
    [2, 1],
  )
  assert.match((await h.ask('/summary')).text, /"confirmed":1234\.56/)
  assert.match(await h.registry.metrics(), /relevo_analytics_reports_total\{kind="revision"\} [1-9]/)
})

test('trap 22, redelivery and rebalance in mid-batch: each event counts once', async (t) => {
  const h = await runningAnalytics(t, { BATCH_SIZE: '7' }, { partitions: 4 })
  const events = orders(150, 40)
  const sending = h.send(events).then(() => h.send(events.slice(100)))
  await h.until('/stats', ({ processed }) => processed > 0)
  const second = await h.start({ BATCH_SIZE: '5' })
  await sending
  await h.send(events.slice(200))
  const counted = () =>
    h.pool.query('select from contribution').then(({ rowCount }) => rowCount === events.length)
  await eventually(counted, 'every event counted', 60_000)
  await h.stop() // a second rebalance
  await second.until('/stats', ({ lag }) => lag === 0, 60_000)
  const { body } = await second.ask('/summary')
  assert.deepEqual(body.orders, { created: 150, confirmed: 150, cancelled: 0 })
  assert.equal(body.revenue.confirmed, 1_515)
  assert.equal(body.conversion.rate, 100)
  assert.equal(body.events.total, events.length)
})

test('trap 22, dead-letter redrive: what was given up counts once it can', async (t) => {
  const created_at = minutesAgo(20)
  const sent = [
    orderEvent('ORDER_CREATED', randomUUID(), created_at),
    notificationEvent('NOTIFICATION_SENT', created_at),
  ]
  const h = await runningAnalytics(t, { SHOP_CURRENCY: 'EUR' }, { sent })
  await h.until('/stats', ({ dead_letters, processed }) => dead_letters === 1 && processed === 1)
  await h.until('/windows', ({ count }) => count === 1)
  const { body } = await h.ask('/dead-letters')
  assert.match(body.dead_letters[0].error, /An amount in USD; the shop counts in EUR/)
  await h.stop()
  const again = await h.start({ SHOP_CURRENCY: 'USD' })
  assert.equal((await again.post('/dead-letters/redrive')).body.redriven, 1)
  const [window] = (await again.until('/windows', ({ windows }) => windows[0]?.orders.created === 1)).windows
  assert.deepEqual([window.revision, window.late_events, window.events.total], [2, 1, 2])
  await again.post('/dead-letters/redrive')
  assert.equal((await again.ask('/summary')).body.events.total, 2)
})

test('a rebuild beside live traffic mends what is broken, keeps what Kafka has no more, and else changes nothing', async (t) => {
  const h = await runningAnalytics(t, { BATCH_SIZE: '20' })
  const forgotten = orderEvent('ORDER_CREATED', randomUUID(), minutesAgo(60), { amount: '3.00' })
  await h.take(forgotten)
  const events = [...orders(60, 40), stockEvent(1, 9, 2, minutesAgo(39))]
  await h.send(events)
  const settled = async (count: number) =>
    (await h.pool.query('select from contribution')).rowCount === count &&
    (await h.pool.query('select from touched')).rowCount === 0 &&
    (await h.reports()).reduce((sum, { events: n }) => sum + Number(n), 0) === count
  await eventually(() => settled(events.length + 1), 'all counted and reported')
  const read = async () => ({
    contributions: (
      await h.pool.query('select event_id, type, at, amount_minor, stock from contribution order by 1')
    ).rows,
    orders: (await h.pool.query('select * from placed_order order by 1')).rows,
    reports: (await h.pool.query('select * from window_report order by 1, 2, 3')).rows,
  })
  const before = await read()
  const lines: string[] = []
  const add = (line: string) => void lines.push(line)
  const relevo = (...words: string[]) =>
    runCommand(['analytics', ...words, '--url', h.url], {}, { out: add, err: add })

  assert.equal(await relevo('status'), 1)
  assert.match(lines.join('\n'), /No rebuild was asked for yet/)
  assert.equal(await relevo('rebuild'), 0)
  assert.match(
    lines.join('\n'),
    /Rebuild 1: 121 of 121 records read\n0 events had not been counted, 0 otherwise; 0 records do not count/,
  )
  assert.match(lines.join('\n'), /1 events are not in Kafka any more and stay counted/)
  assert.deepEqual(await read(), before, 'nothing was wrong, and nothing has changed')

  await h.pool.query(`delete from contribution where event_id = $1`, [events[0]?.id])
  await h.pool.query(`update contribution set amount_minor = 1 where event_id = $1`, [events[2]?.id])
  await h.pool.query(
    'update placed_order set cancelled_at = placed_at, ended_at = placed_at where order_id = $1',
    [events[5]?.key],
  )
  const live = orders(20, 4)
  const sending = h.send(live)
  lines.length = 0
  assert.equal(await relevo('rebuild'), 0)
  await sending
  assert.match(lines.join('\n'), /[1-9]\d* events had not been counted, 1 otherwise/)
  await eventually(
    async () => (await h.pool.query('select from contribution')).rowCount === events.length + live.length + 1,
  )
  const ids = new Set(live.map(({ id }) => id))
  const keys = new Set(live.map(({ key }) => key))
  const after = await read()
  assert.deepEqual(
    after.contributions.filter(({ event_id }) => !ids.has(event_id)),
    before.contributions,
  )
  assert.deepEqual(
    after.orders.filter(({ order_id }) => !keys.has(order_id)),
    before.orders,
  )
  const first = after.reports.filter(({ window_start }) => window_start < Date.parse(minutesAgo(15)))
  assert.deepEqual(first, before.reports)
})

test('windows are listed in pages, wrong requests are refused, and hours and stock are told', async (t) => {
  const h = await runningAnalytics(t)
  for (const minutes of [61, 41, 21])
    await h.send([stockEvent(minutes, 10, minutes % 10, minutesAgo(minutes))])
  await h.until('/windows', ({ count }) => count === 3)
  const page = (await h.ask('/windows?limit=2')).body
  assert.equal(page.count, 2)
  const rest = (await h.ask(`/windows?limit=2&cursor=${page.next_cursor}`)).body
  assert.deepEqual([rest.count, rest.next_cursor], [1, undefined])
  const [newest, middle] = page.windows
  const range = `/windows?from=${middle.start}&to=${newest.start}`
  assert.deepEqual((await h.ask(range)).body.windows, [middle])
  const stock = (await h.ask('/inventory?limit=2')).body
  assert.deepEqual(stock.totals, { products: 3, stock: 30, reserved: 3, available: 27, low_stock: 0 })
  assert.deepEqual(
    stock.products.map(({ product_id }: { product_id: number }) => product_id),
    [61, 41],
  )
  assert.equal((await h.ask(`/inventory?cursor=${stock.next_cursor}`)).body.count, 1)
  const { hours } = (await h.ask('/hourly')).body
  assert.equal(
    hours.reduce((sum: number, { inventory }: { inventory: number }) => sum + inventory, 0),
    3,
  )
  const current = (await h.ask('/windows/current')).body
  assert.deepEqual([current.revision, current.closed_at], [0, null])
  const summary = (await h.ask(`/summary?to=${newest.start}`)).body
  assert.deepEqual([summary.events.total, summary.inventory.products], [2, 2])
  for (const [path, status] of [
    ['/windows/yesterday', 400],
    ['/windows/2026-01-15T12:03:00Z', 404],
    ['/windows/2020-01-15T12:00:00Z', 404],
    ['/windows?from=now', 400],
    ['/hourly?from=2020-01-15T12:00:00Z', 400],
  ] as const)
    assert.equal((await h.ask(path)).status, status, path)
})
