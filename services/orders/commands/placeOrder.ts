import { draftEvent } from '@relevo/contracts'
import { streamOf } from '@relevo/event-store'
import type { NewEvent } from '@relevo/outbox'
import { startSaga } from '@relevo/saga'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { NewOrder } from '../../../systems/bodies/placeOrder.ts'
import { orderCreated } from '../../../systems/shop/orderEvents.ts'
import type { OrderCreated } from '../domain/events.ts'
import { describeOrder } from '../domain/newOrder.ts'
import { order } from '../domain/order.ts'
import type { Orders } from '../orders.ts'
import { foldOrders, orderNumber } from '../projections/orders.ts'
import { drawNumber } from '../sql/drawNumber.ts'
import type { OrderRow } from '../sql/orderRow.ts'

/**
 * Places an order in the caller's transaction: its first event, its saga with the first command, and `order-created`, all
 * of them or none. Returns the order as its read model has it.
 * @throws OutboxError or EventStoreError for an order that is too large to be told; pg's errors.
 */
export async function placeOrder(
  client: pg.PoolClient,
  { store, sell, buy, currency, logger }: Orders,
  wanted: NewOrder,
): Promise<OrderRow> {
  const { number, now } = await drawNumber(client)
  const identity = { orderId: uuidv7(), orderNumber: orderNumber(number), createdAt: now }
  const created = describeOrder(wanted, identity, currency)
  const { orderId } = identity
  const definition = wanted.type === 'sell' ? sell : buy
  const sagaId = uuidv7()
  const event = { type: 'ORDER_CREATED', data: created, metadata: { saga_id: sagaId } } as const
  const announced = draftEvent(orderCreated, publicOrder(created))
  const record = (published: readonly NewEvent[]) => {
    const options = { key: orderId, id: sagaId, events: [announced, ...published] }
    return startSaga(client, definition, { order: created }, options)
  }
  const result = await store.append(client, streamOf(order, orderId), 0, [event], { record })
  if (result.outcome !== 'appended') throw new Error(`Order ${orderId}, whose id is new, is there already`)
  logger.info(
    { orderId, type: wanted.type },
    `✅ Order created: ${orderId} with ${created.items.length} items`,
  )
  const [row] = foldOrders(result.events).created
  if (!row) throw new Error(`Order ${orderId} has no first event`)
  return row
}

function publicOrder(created: OrderCreated) {
  const { order_id, order_type, customer_name, customer_email, items, total_amount } = created
  return { order_id, order_type, customer_name, customer_email, items, total_amount }
}
