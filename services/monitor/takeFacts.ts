import { type InboxEventOf, type InboxHandlers, inboxBatch } from '@relevo/inbox'
import { canaryRecorded } from '../../systems/canary.ts'
import * as inventory from '../../systems/shop/inventoryEvents.ts'
import * as notifications from '../../systems/shop/notificationEvents.ts'
import * as orders from '../../systems/shop/orderEvents.ts'
import * as payments from '../../systems/shop/paymentReplies.ts'
import { storeCanaries } from './sql/canaries.ts'
import { countFaults, type Fault, type StockFact, storeStock } from './sql/facts.ts'

/** Every event of the shop that is public: those that say nothing of an alert are taken as well. */
const schemas = {
  ORDER_CREATED: orders.orderCreatedEvent.payload,
  ORDER_CONFIRMED: orders.orderConfirmed.payload,
  ORDER_CANCELLED: orders.orderCancelled.payload,
  ORDER_SHIPPED: orders.orderShipped.payload,
  ORDER_DELIVERED: orders.orderDelivered.payload,
  PRODUCT_CREATED: inventory.productCreated.payload,
  PRODUCT_UPDATED: inventory.productUpdated.payload,
  STOCK_CHANGED: inventory.stockChanged.payload,
  LOW_STOCK: inventory.lowStock.payload,
  PAYMENT_CHARGED: payments.paymentCharged.payload,
  PAYMENT_DECLINED: payments.paymentDeclined.payload,
  PAYMENT_REFUNDED: payments.paymentRefunded.payload,
  NOTIFICATION_SENT: notifications.notificationSent.payload,
  NOTIFICATION_FAILED: notifications.notificationFailed.payload,
  NOTIFICATION_DEAD: notifications.notificationDead.payload,
} as const

export const takenTypes = [...Object.keys(schemas), canaryRecorded.type]

export type TakenEvent = InboxEventOf<typeof schemas>

/** Has the canaries of relays take effect. @param note told of each, with the seconds since it was recorded. */
export function canaryHandlers(note: (outbox: string, seconds: number) => void): InboxHandlers {
  return inboxBatch({ CANARY: canaryRecorded.payload }, async (events, tx) => {
    const facts = events.map(({ data: { outbox, shard }, time }) => ({ outbox, shard, recordedAt: time }))
    await storeCanaries(tx, facts)
    for (const { outbox, recordedAt } of facts)
      note(outbox, Math.max(0, Date.now() - recordedAt.getTime()) / 1_000)
  })
}

/** Stores what events report about low stock and failures: all of a transaction together. */
export const factHandlers: InboxHandlers = inboxBatch(schemas, async (events, tx) => {
  await storeStock(tx, lastStock(events))
  await countFaults(tx, events.flatMap(faultOf))
})

/** The stock of each product after the last of the events, with the name that any of them has. */
export function lastStock(events: readonly TakenEvent[]): StockFact[] {
  const found = new Map<number, StockFact>()
  for (const event of events) {
    const fact = stockOf(event)
    if (fact) found.set(fact.productId, { ...fact, name: fact.name ?? found.get(fact.productId)?.name })
  }
  return [...found.values()]
}

function stockOf(event: TakenEvent): StockFact | undefined {
  if (!('available_quantity' in event.data)) return undefined
  const { product_id: productId, available_quantity: available, min_stock_level: minimum } = event.data
  const name = 'name' in event.data ? event.data.name : undefined
  return { productId, name, available, minimum, at: event.time }
}

/** What the event says has failed. An order that its customer cancels has not. */
export function faultOf(event: TakenEvent): Fault[] {
  const at = event.time
  if (event.type === 'ORDER_CANCELLED') {
    const { reason } = event.data
    return reason === 'CUSTOMER_REQUEST' ? [] : [{ kind: 'order', reason, at }]
  }
  return event.type === 'NOTIFICATION_DEAD' ? [{ kind: 'notification', reason: event.data.reason, at }] : []
}
