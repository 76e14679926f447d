import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { keyedByOrder, orderItem, shopMoney } from './common.ts'
import { orderCreatedTopic, ordersEvents } from './topics.ts'

/** Why an order was cancelled. */
export const cancellationReasons = [
  'INSUFFICIENT_STOCK',
  'PRICE_CHANGED',
  'UNKNOWN_PRODUCT',
  'PAYMENT_DECLINED',
  'TIMEOUT',
  'CUSTOMER_REQUEST',
  'REJECTED', // by the inventory, for the reason in `detail`
  'OPERATOR', // who has had its saga undone
] as const

const event = {
  ...keyedByOrder,
  topic: ordersEvents,
  producer: 'orders',
  consumers: ['analytics', 'monitor'],
}

export const orderType = z.enum(['sell', 'buy']).meta({
  description: 'To a customer, or from a supplier',
})

const aboutOrderEvent = {
  order_id: z.uuid(),
  version: z.int().positive().meta({ description: 'Of the order; its events count from 1 without gaps' }),
  order_type: orderType,
  total_amount: shopMoney,
  created_at: z.iso.datetime().meta({ description: 'When the order was created' }),
}

const customer = {
  customer_id: z.string().max(200).nullable(),
  customer_name: z.string().max(200),
  customer_email: z.string().max(320).nullable(),
}

const lines = z.array(orderItem.extend({ product_name: z.string().max(200), subtotal: shopMoney }))

export const orderCreatedEvent = defineEvent({
  ...event,
  type: 'ORDER_CREATED',
  summary: 'An order was placed, and is pending',
  payload: z.object({
    ...aboutOrderEvent,
    order_number: z.string().max(50),
    ...customer,
    items: lines,
  }),
})

export const orderConfirmed = defineEvent({
  ...event,
  type: 'ORDER_CONFIRMED',
  summary: 'An order is certain: its units are reserved or received, and a sale is charged',
  payload: z.object(aboutOrderEvent),
})

export const orderCancelled = defineEvent({
  ...event,
  type: 'ORDER_CANCELLED',
  summary: 'An order was cancelled, for the reason named',
  payload: z.object({
    ...aboutOrderEvent,
    previous_status: z
      .enum(['PENDING', 'CONFIRMED'])
      .optional()
      .meta({ description: 'Of the order until then' }),
    reason: z.enum(cancellationReasons),
    detail: z.string().max(2_000).optional(),
  }),
})

export const orderShipped = defineEvent({
  ...event,
  type: 'ORDER_SHIPPED',
  summary: 'The units of an order are on their way',
  payload: z.object(aboutOrderEvent),
})

export const orderDelivered = defineEvent({
  ...event,
  type: 'ORDER_DELIVERED',
  summary: 'The units of an order have arrived',
  payload: z.object(aboutOrderEvent),
})

/** Public: one for each order. */
export const orderCreated = defineEvent({
  ...event,
  topic: orderCreatedTopic,
  consumers: [],
  type: 'order-created',
  summary: 'An order was placed',
  payload: z.object({
    order_id: z.uuid(),
    order_type: orderType,
    customer_name: customer.customer_name,
    customer_email: customer.customer_email,
    items: lines,
    total_amount: shopMoney,
  }),
})

export const orderEvents = [
  orderCreatedEvent,
  orderConfirmed,
  orderCancelled,
  orderShipped,
  orderDelivered,
] as const
