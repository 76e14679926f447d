import { defineEvent, defineTopic } from '@relevo/contracts'
import { type InboxHandlers, inboxHandler } from '@relevo/inbox'
import { z } from 'zod'

export const ordersTopic = defineTopic({
  name: 'orders',
  summary: 'What has happened to orders',
  partitions: 3,
  retentionMs: 7 * 86_400_000,
  maxMessageBytes: 64 * 1024,
})

export const orderPlaced = defineEvent({
  type: 'order.placed',
  version: 1,
  summary: 'A customer has placed an order',
  topic: ordersTopic,
  payload: z.object({ orderId: z.uuid(), customer: z.string(), cents: z.int().positive() }),
  // Events of one key take effect in the order in which they were committed.
  key: ({ orderId }) => orderId,
  partitionBy: 'key',
  producer: 'orders',
  consumers: ['orders'],
})

const insertInvoice = 'insert into invoice (order_id, customer, cents) values ($1, $2, $3)'

/**
 * What is done with each type of event. `tx` is the transaction in which the inbox notes the event as processed: whatever is
 * done by it happens once, however often Kafka delivers the event.
 */
export const handlers: InboxHandlers = {
  [orderPlaced.type]: inboxHandler(orderPlaced.payload, async ({ data }, tx) => {
    await tx.query(insertInvoice, [data.orderId, data.customer, data.cents])
  }),
}
