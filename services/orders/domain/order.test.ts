import assert from 'node:assert/strict'
import { test } from 'node:test'
import { specify } from '@relevo/event-store/testing'
import type { NewOrder } from '../../../systems/bodies/placeOrder.ts'
import type { OrderCreated, OrderEvent } from './events.ts'
import { describeOrder } from './newOrder.ts'
import { type OrderStatus, order, orderStatuses, requestableFrom } from './order.ts'

const given = specify(order)

const wanted: NewOrder = {
  type: 'sell',
  customerId: null,
  customerName: 'Cliente Test',
  customerEmail: 'cliente@test.com',
  lines: [
    { productId: 1, productName: 'Producto Test', quantity: 2, unitMinor: 9_999n },
    { productId: 'MOUSE-001', productName: 'Mouse', quantity: 3, unitMinor: 10n },
  ],
}
const placed: OrderCreated = describeOrder(
  wanted,
  {
    orderId: '0190b000-0000-7000-8000-000000000001',
    orderNumber: 'ORD-000017',
    createdAt: new Date('2026-01-15T10:30:00Z'),
  },
  'USD',
)
const { order_id, order_type, total_amount, created_at } = placed
const facts = { order_id, order_type, total_amount, created_at }

const created: OrderEvent = { type: 'ORDER_CREATED', data: placed }
const confirmed: OrderEvent = { type: 'ORDER_CONFIRMED', data: facts }
const shipped: OrderEvent = { type: 'ORDER_SHIPPED', data: facts }
const delivered: OrderEvent = { type: 'ORDER_DELIVERED', data: facts }
const cancelled = (previous_status: 'PENDING' | 'CONFIRMED', detail?: string): OrderEvent => ({
  type: 'ORDER_CANCELLED',
  data: { ...facts, previous_status, reason: 'CUSTOMER_REQUEST', ...(detail !== undefined && { detail }) },
})

const create = { do: 'create', order: placed } as const
const cancel = { do: 'cancel', reason: 'CUSTOMER_REQUEST' } as const

test('an order is created once, with its amounts counted out', () => {
  given().when(create).thenEvents(created)
  given(created).when(create).thenRejected({ status: 'PENDING' })
  assert.deepEqual(placed.total_amount, { amount: '200.28', currency: 'USD' })
  assert.deepEqual(
    placed.items.map(({ subtotal }) => subtotal.amount),
    ['199.98', '0.30'],
  )
})

test('a pending order is confirmed or cancelled', () => {
  given(created).when({ do: 'confirm' }).thenEvents(confirmed)
  given(created).when(cancel).thenEvents(cancelled('PENDING'))
  given(created)
    .when({ ...cancel, detail: 'too late' })
    .thenEvents(cancelled('PENDING', 'too late'))
  given(created).when({ do: 'ship' }).thenRejected({ status: 'PENDING' })
  given(created).when({ do: 'confirm' }).thenState({ status: 'CONFIRMED', facts })
})

test('a confirmed order is shipped and delivered, or cancelled before', () => {
  given(created, confirmed).when({ do: 'ship' }).thenEvents(shipped)
  given(created, confirmed).when(cancel).thenEvents(cancelled('CONFIRMED'))
  given(created, confirmed).when({ do: 'deliver' }).thenRejected({ status: 'CONFIRMED' })
  given(created, confirmed, shipped).when({ do: 'deliver' }).thenEvents(delivered)
  given(created, confirmed, shipped).when(cancel).thenRejected({ status: 'SHIPPED' })
  given(created, confirmed, shipped, delivered).when(cancel).thenRejected({ status: 'DELIVERED' })
})

test('what is asked for a second time has no effect', () => {
  given(created, confirmed).when({ do: 'confirm' }).thenEvents()
  given(created, cancelled('PENDING')).when(cancel).thenEvents()
  given(created, confirmed, shipped).when({ do: 'ship' }).thenEvents()
  given(created, confirmed, shipped, delivered).when({ do: 'deliver' }).thenEvents()
})

test('a cancelled order is nothing else any more, and one that is not there is nothing at all', () => {
  for (const command of ['confirm', 'ship', 'deliver'] as const) {
    given(created, cancelled('PENDING')).when({ do: command }).thenRejected({ status: 'CANCELLED' })
    given().when({ do: command }).thenRejected({ status: null })
  }
  given().when(cancel).thenRejected({ status: null })
})

test('people may not confirm', () => {
  const allowed = (status: OrderStatus) => requestableFrom(status)
  assert.deepEqual(orderStatuses.map(allowed), [
    ['CANCELLED'],
    ['SHIPPED', 'CANCELLED'],
    ['DELIVERED'],
    [],
    [],
  ])
})
