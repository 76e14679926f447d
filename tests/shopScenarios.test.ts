// The shop as its real processes, with a relay and Kafka between them.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { readTopic } from '@relevo/kafka'
import { eventually, httpClient } from '@relevo/testing'
import { unanswered } from '../observe/expressions.ts'
import { hearDatabase, judge } from '../proof/judgeDatabases.ts'
import { canaryTopic } from '../systems/canary.ts'
import { partsOf } from '../systems/parts.ts'
import { shopSystem } from '../systems/shop.ts'
import { otlpReceiver, type ReceivedSpan } from './support/otlpReceiver.ts'
import { systemUnderTest } from './support/systemUnderTest.ts'

test('a sale, one without stock, one that is declined, a purchase and a cancellation come to their ends', async (t) => {
  const receiver = await otlpReceiver(t)
  const running = await systemUnderTest(t, shopSystem, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_TRACES_SAMPLER_ARG: '1',
    CANARY_INTERVAL_MS: '60000',
  })
  const at = (name: string) => httpClient(running.serviceOf(name).url)
  const [inventory, orders] = [at('inventory'), at('orders')]
  const { body: product } = await inventory.post('/products', {
    name: 'Producto Test',
    price: 99.99,
    stock_quantity: 50,
  })
  const place = async (quantity: number, more: object = {}) => {
    const items = [{ product_id: product.id, product_name: 'Producto Test', quantity, unit_price: 99.99 }]
    const order = { order_type: 'sell', customer_name: 'Cliente Test', customer_email: 'c@test.com', items }
    const headers = {
      prefer: 'wait=30',
      'idempotency-key': randomUUID(),
      'x-request-id': `place-${quantity}`,
    }
    return (await orders.post('/orders', { ...order, ...more }, headers)).body
  }
  const sold = await place(2)
  assert.equal(sold.status, 'CONFIRMED')
  assert.equal((await place(1_000)).cancellation.reason, 'INSUFFICIENT_STOCK')
  const declined = await place(1, { customer_email: 'declined@test.com' })
  assert.equal(declined.cancellation.reason, 'PAYMENT_DECLINED')
  const bought = await place(10, { order_type: 'buy' })
  assert.equal(bought.status, 'CONFIRMED')
  const stock = async () => {
    const { body } = await inventory.ask(`/products/${product.id}`)
    return [body.stock_quantity, body.reserved_quantity]
  }
  assert.deepEqual(await stock(), [58, 0])
  const cancelled = await orders.ask(`/orders/${sold.id}`, {
    method: 'DELETE',
    headers: { prefer: 'wait=29' },
  })
  assert.deepEqual([cancelled.status, cancelled.body.status], [200, 'CANCELLED'])
  assert.deepEqual(await stock(), [60, 0])

  const shipping = await orders.ask(`/orders/${bought.id}/status`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ status: 'SHIPPED' }),
  })
  assert.equal(shipping.body.status, 'SHIPPED')

  const names = shopSystem.databases.map(({ name }) => name)
  const brokenLaws = async () => {
    const heard = names.map(async (name) => [
      name,
      await hearDatabase(shopSystem, name, running.poolOf(name)),
    ])
    return judge(shopSystem, Object.fromEntries(await Promise.all(heard)))
  }
  // E-mails are sent after the orders have come to their ends.
  await eventually(async () => (await brokenLaws()).length === 0, 'every law holds').catch(() => undefined)
  assert.deepEqual(await brokenLaws(), [])
  await assertCaused(running.brokers)

  await assertTraced(receiver.spans)

  const answers = partsOf(shopSystem).map(({ name }) => at(name).ask('/metrics'))
  assert.deepEqual(unanswered((await Promise.all(answers)).map(({ text }) => text)), [])
})

interface Caused {
  readonly id: string
  readonly type: string
  readonly cause: string
  readonly whole: string
  readonly orderId: unknown
}

async function readCauses(brokers: readonly string[]): Promise<Caused[]> {
  const found: Caused[] = []
  // Canaries follow from nothing.
  for (const { name } of shopSystem.topics.filter((topic) => topic !== canaryTopic))
    for await (const { headers, value } of readTopic({ brokers: [...brokers], clientId: 'causes' }, name)) {
      const {
        ce_id = '',
        ce_type: type = '',
        ce_causationid: cause = '',
        ce_correlationid: whole = '',
      } = headers
      found.push({ id: ce_id, type, cause, whole, orderId: JSON.parse(String(value)).order_id })
    }
  return found
}

/** Each event names what it follows from, which is there; and what follows from one order belongs together. */
async function assertCaused(brokers: readonly string[]): Promise<void> {
  const all = await readCauses(brokers)
  const byId = new Map(all.map((event) => [event.id, event]))
  const unfounded = all.filter(({ cause, whole }) =>
    cause.startsWith('request:') ? !byId.has(whole) : byId.get(cause)?.whole !== whole,
  )
  assert.deepEqual(unfounded, [])
  const orders = Map.groupBy(
    all.filter(({ orderId }) => typeof orderId === 'string'),
    ({ orderId }) => orderId,
  )
  assert.equal(orders.size, 4)
  for (const events of orders.values()) {
    const created = events.find(({ type }) => type === 'order-created')
    assert.deepEqual([...new Set(events.map(({ whole }) => whole))], [created?.id], JSON.stringify(events))
    assert.ok(new Set(events.map(({ cause }) => cause)).size > 2, 'no chain of causes')
  }
}

const consumersOfSale = ['inventory', 'orders', 'payments', 'notifications', 'analytics']

/** Every hop of the sale is a span, with links to who recorded the event and to the request that placed the order. */
async function assertTraced(spans: readonly ReceivedSpan[]): Promise<void> {
  const placed = await eventually(
    () => spans.find(({ attributes }) => attributes.get('relevo.request_id') === 'place-2'),
    'the span of the request',
  )
  assert.deepEqual([placed.service, placed.name], ['orders', 'POST /orders'])
  const ofSale = () =>
    spans.filter(({ name, links }) => name.startsWith('process ') && links.includes(placed.spanId))
  await eventually(
    () => consumersOfSale.every((service) => ofSale().some((span) => span.service === service)),
    'the spans of every consumer',
  )
  const known = () => new Set(spans.map(({ spanId }) => spanId))
  const strangers = () => ofSale().filter(({ links }) => !links.every((link) => known().has(link)))
  await eventually(() => strangers().length === 0, 'the span that each link leads to').catch(() => {})
  assert.deepEqual(strangers(), [])
  for (const { attributes, traceId, parentSpanId } of ofSale()) {
    assert.notEqual(traceId, placed.traceId)
    assert.ok(!parentSpanId)
    assert.ok(Number(attributes.get('relevo.attempt')) >= 1)
    assert.ok(Number(attributes.get('relevo.wait_ms')) >= 0)
  }
  const wholes = new Set(ofSale().map(({ attributes }) => attributes.get('relevo.correlation_id')))
  assert.equal(wholes.size, 1)
  const sent = spans.find(({ name, links }) => name.startsWith('send') && links.includes(placed.spanId))
  assert.equal(sent?.service, 'relay')
}
