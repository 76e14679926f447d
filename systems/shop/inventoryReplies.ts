import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { aboutOrder, keyedByOrder, orderItem, productId, shopMoney } from './common.ts'
import { inventoryResponses } from './topics.ts'

const reply = {
  ...keyedByOrder,
  topic: inventoryResponses,
  producer: 'inventory',
  consumers: ['orders'],
}

const units = z.int().min(0)
const shortages = z.array(z.object({ product_id: productId, requested: units, available: units }))

/** Why the inventory rejects a command. */
export const rejectionReasons = [
  'UNKNOWN_PRODUCT',
  'PRICE_CHANGED', // `items` has the right prices
  'UNITS_RESERVED', // of a RETURN: `shortages` has what is spoken for
  'STOCK_LIMIT', // of a RECEIVE: the product would have more units than the inventory counts
  'NOT_RESERVED', // of a COMMIT
  'OTHER_ORDER', // the order has had the command with other items, or is of the other type
] as const

export const reserved = defineEvent({
  ...reply,
  type: 'RESERVED',
  summary: 'All units of an order are reserved',
  payload: z.object({
    ...aboutOrder,
    items: z
      .array(
        z.object({ product_id: productId, sku: z.string().nullable(), name: z.string(), quantity: units }),
      )
      .meta({ description: 'The lines of each product together' }),
  }),
})

export const insufficientStock = defineEvent({
  ...reply,
  type: 'INSUFFICIENT_STOCK',
  summary: 'Nothing is reserved, since units are missing',
  payload: z.object({ ...aboutOrder, shortages }),
})

export const rejected = defineEvent({
  ...reply,
  type: 'REJECTED',
  summary: 'The command has no effect, for the reason named',
  payload: z.object({
    ...aboutOrder,
    reason: z.enum(rejectionReasons),
    items: z
      .array(orderItem.pick({ product_id: true }).extend({ unit_price: shopMoney.optional() }))
      .optional(),
    shortages: shortages.optional(),
  }),
})

export const cancelled = defineEvent({
  ...reply,
  type: 'CANCELLED',
  summary: 'The command has no effect: what undoes it has come before',
  payload: z.object(aboutOrder),
})

export const released = defineEvent({
  ...reply,
  type: 'RELEASED',
  summary: 'Nothing is reserved for the order, and nothing has left for it',
  payload: z.object(aboutOrder),
})

export const committed = defineEvent({
  ...reply,
  type: 'COMMITTED',
  summary: 'The reserved units have left the stock',
  payload: z.object(aboutOrder),
})

export const received = defineEvent({
  ...reply,
  type: 'RECEIVED',
  summary: 'The units of a purchase are in stock',
  payload: z.object(aboutOrder),
})

export const returned = defineEvent({
  ...reply,
  type: 'RETURNED',
  summary: 'No units of the purchase are in stock',
  payload: z.object(aboutOrder),
})

export const inventoryReplies = [
  reserved,
  insufficientStock,
  rejected,
  cancelled,
  released,
  committed,
  received,
  returned,
] as const
