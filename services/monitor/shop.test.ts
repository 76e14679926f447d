import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { eventually, testTopic } from '@relevo/testing'
import { notificationRequested } from '../../systems/shop/notificationRequests.ts'
import { fakeService, runningMonitor, storedAlerts } from './monitorHarness.ts'

const units = (available: number) => ({
  stock_quantity: available + 1,
  reserved_quantity: 1,
  available_quantity: available,
  min_stock_level: 5,
})
const product = (id: number, available: number) => ({
  product_id: id,
  sku: `SKU-${id}`,
  name: `Lamp ${id}`,
  description: '',
  price: { amount: '9.99', currency: 'USD' },
  ...units(available),
  version: 1,
})
const stock = (id: number, available: number) => ({ product_id: id, sku: `SKU-${id}`, ...units(available) })
const cancelled = (reason: string) => {
  const total_amount = { amount: '9.99', currency: 'USD' }
  const created_at = new Date().toISOString()
  return { order_id: randomUUID(), version: 2, order_type: 'sell', total_amount, created_at, reason }
}

test('low stock is an alert of its product, with its name, until there is enough again; those who run the shop are told', async (t) => {
  const h = await runningMonitor(t, {}, { ALERT_EMAIL: 'ops@example.com', ALERT_LANGUAGE: 'en' })
  await h.send('inventory.events', 'PRODUCT_CREATED', '7', product(7, 50))
  await h.send('inventory.events', 'PRODUCT_CREATED', '8', product(8, 50))
  await h.send('inventory.events', 'STOCK_CHANGED', '7', stock(7, 5))
  const low = { product_id: 7, sku: 'SKU-7', name: 'Lamp 7', available_quantity: 5, min_stock_level: 5 }
  await h.send('inventory.events', 'LOW_STOCK', '7', low)
  const { alerts } = await h.until('/alerts?kind=low_stock', ({ count }) => count === 1)
  assert.equal(alerts[0].subject, 'product 7')
  assert.match(alerts[0].message, /5 units of Lamp 7/)
  const { shop } = await h.until('/dashboard', (board) => board.shop.low_stock.length === 1)
  assert.deepEqual(shop.low_stock, [{ product_id: 7, name: 'Lamp 7', available: 5, minimum: 5 }])
  await h.send('inventory.events', 'STOCK_CHANGED', '7', stock(7, 30))
  await h.until('/alerts?state=open', ({ count }) => count === 0)
  assert.deepEqual(await storedAlerts(h.pool), [['low_stock', 'product 7', false]])

  const { rows } = await h.pool.query('select topic, type, payload from outbox.event order by id')
  const mails = rows.map(({ payload }) => notificationRequested.payload.parse(payload))
  assert.deepEqual(
    mails.map(({ to, language, template, data }) => [to, language, template, data.change]),
    [
      ['ops@example.com', 'en', 'system_alert', 'opened'],
      ['ops@example.com', 'en', 'system_alert', 'resolved'],
    ],
  )
  assert.ok(
    rows.every(({ topic, type }) => topic === 'notifications.requests' && type === 'NOTIFICATION_REQUESTED'),
  )
})

test('orders that fail are an alert; those that their customers cancel are none; nobody is told without an address', async (t) => {
  const h = await runningMonitor(t, {}, { FAILED_ORDERS: '2' })
  const fail = (reason: string) => {
    const data = cancelled(reason)
    return h.send('orders.events', 'ORDER_CANCELLED', data.order_id, data)
  }
  await fail('CUSTOMER_REQUEST')
  await fail('INSUFFICIENT_STOCK')
  await h.until('/dashboard', (board) => board.shop.failed_orders.INSUFFICIENT_STOCK === 1)
  assert.equal((await h.ask('/alerts')).body.count, 0, 'one is below the limit')
  await fail('PAYMENT_DECLINED')
  const { alerts } = await h.until('/alerts', ({ count }) => count === 1)
  assert.equal(alerts[0].kind, 'failed_orders')
  assert.match(alerts[0].message, /1 INSUFFICIENT_STOCK, 1 PAYMENT_DECLINED/)
  // As the minutes go by.
  await h.pool.query(`update fault_minute set minute = minute - interval '1 hour'`)
  await h.until('/alerts?state=open', ({ count }) => count === 0)
  assert.equal((await h.pool.query('select from outbox.event')).rowCount, 0)
})

test('a notification that is given up is an alert', async (t) => {
  const h = await runningMonitor(t)
  const notification_id = randomUUID()
  const about = { notification_id, channel: 'email', template: 'order_confirmed', attempt: 3 }
  await h.send('notifications.events', 'NOTIFICATION_DEAD', notification_id, { ...about, reason: 'REFUSED' })
  const { alerts } = await h.until('/alerts', ({ count }) => count === 1)
  assert.deepEqual([alerts[0].kind, alerts[0].subject], ['dead_letters', 'notifications'])
})

test('an alert is acknowledged once, by who says so first', async (t) => {
  const orders = await fakeService(t)
  const h = await runningMonitor(t, { orders })
  await h.until('/services/orders/health', ({ status }) => status === 'healthy')
  await orders.kill()
  const { alerts } = await h.until('/alerts', ({ count }) => count === 1)
  const path = `/alerts/${alerts[0].id}/acknowledge`
  const first = await h.post(path, { by: 'Ana', note: 'on it' })
  assert.deepEqual([first.status, first.body.acknowledged_by, first.body.note], [200, 'Ana', 'on it'])
  const again = await h.post(path, { by: 'Ana' })
  assert.deepEqual([again.status, again.body.acknowledged_at], [200, first.body.acknowledged_at])
  assert.equal((await h.post(path, { by: 'Luis' })).status, 409)
  assert.equal((await h.post('/alerts/999999/acknowledge', { by: 'Ana' })).status, 404)
  assert.equal((await h.post(path, {})).status, 400)
  const { alerts: shown } = (await h.ask('/dashboard')).body
  assert.deepEqual([shown.open, shown.acknowledged], [1, 1])
  await orders.start()
  await h.until('/alerts?state=resolved', ({ count }) => count === 1)
  assert.equal((await h.post(path, { by: 'Luis' })).status, 409, 'it is resolved')
})

test('Kafka is shown by topic and by group: messages, errors, and how far the group is behind', async (t) => {
  const { topic, admin, producer } = await testTopic(t)
  const [group, dead] = [`lagging-${topic}`, `${topic}.dlt`]
  const monitored = {
    topics: { [topic]: dead, 'not-there': null },
    groups: [
      { group, service: 'orders', topics: [topic] },
      { group: 'nobody', service: 'orders', topics: ['not-there'] },
    ],
  }
  const orders = await fakeService(t)
  const h = await runningMonitor(
    t,
    { orders },
    { MONITORED_KAFKA: JSON.stringify(monitored), LATE_AFTER_SECONDS: '1' },
  )
  const records = Array.from({ length: 10 }, (_, n) => ({ topic, key: String(n), value: 'x', headers: {} }))
  await producer.send([...records, { topic: dead, key: 'a', value: 'x', headers: {} }])
  const lagging = ({ groups, topics }: { groups: { lag: number }[]; topics: { errors: number }[] }) =>
    groups[0]?.lag === 10 && topics[0]?.errors === 1
  const { topics, groups, reachable } = await h.until('/kafka/stats', lagging)
  assert.equal(reachable, true)
  assert.equal(topics.length, 1, 'a topic that is not there is left out')
  assert.deepEqual([topics[0].topic, topics[0].partitions, topics[0].messages], [topic, 2, 10])
  assert.deepEqual([groups[0].group, groups[0].service, groups[0].topics], [group, 'orders', [topic]])
  // The service answers, and its work is late.
  const late = await h.until('/services/orders/health', ({ cause }) => cause === 'late-effects')
  assert.equal(late.status, 'unhealthy')
  const ends = await admin.topicOffsets([topic])
  await admin.setGroupOffsets(
    group,
    ends.map(({ partition, end: offset }) => ({ topic, partition, offset })),
  )
  await h.until('/kafka/stats', (stats) => stats.groups[0].lag === 0 && stats.groups[0].lag_seconds === 0)
  await h.until('/services/orders/health', ({ status }) => status === 'healthy')
  await eventually(async () => (await storedAlerts(h.pool)).every(([, , isOpen]) => !isOpen))
})

test('wrong requests are refused, and none is answered with 500', async (t) => {
  const h = await runningMonitor(t, { orders: await fakeService(t) })
  await h.until('/services/health', ({ status }) => status === 'healthy')
  for (const [path, status] of [
    ['/services/nobody/health', 404],
    ['/services/nobody/history', 404],
    ['/services/orders/history?from=yesterday', 400],
    ['/services/orders/history?from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z', 200],
    ['/services/orders/history?cursor=9999999999999999', 200],
    ['/alerts?kind=fire', 400],
    ['/alerts?cursor=9999999999999999', 200],
    ['/kafka/stats', 200],
    ['/health', 200],
  ] as const)
    assert.equal((await h.ask(path)).status, status, path)
})
