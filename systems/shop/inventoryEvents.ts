import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { keyedByOrder, orderItem, productId, shopMoney } from './common.ts'
import { inventoryEvents, orderProcessedTopic } from './topics.ts'

const event = {
  version: 1,
  topic: inventoryEvents,
  key: ({ product_id }: { readonly product_id: number }) => String(product_id),
  partitionBy: 'key',
  producer: 'inventory',
  consumers: ['analytics', 'monitor'],
} as const

const units = z.int().min(0)
const stock = {
  stock_quantity: units,
  reserved_quantity: units,
  available_quantity: units,
  min_stock_level: units,
}
const product = z.object({
  product_id: productId,
  sku: z.string().nullable(),
  name: z.string(),
  description: z.string(),
  price: shopMoney,
  ...stock,
  version: z.int().positive(),
})

export const productCreated = defineEvent({
  ...event,
  type: 'PRODUCT_CREATED',
  summary: 'A product was created, with its first stock',
  payload: product,
})

export const productUpdated = defineEvent({
  ...event,
  type: 'PRODUCT_UPDATED',
  summary: 'What describes a product was changed',
  payload: product,
})

export const stockChanged = defineEvent({
  ...event,
  type: 'STOCK_CHANGED',
  summary:
    'Units of a product came, left, or were reserved or released; one event for all that one transaction did',
  payload: z.object({ product_id: productId, sku: z.string().nullable(), ...stock }),
})

export const lowStock = defineEvent({
  ...event,
  type: 'LOW_STOCK',
  summary: 'The available units of a product have fallen to its minimum; once until they are above it again',
  payload: z.object({
    product_id: productId,
    sku: z.string().nullable(),
    name: z.string(),
    available_quantity: units,
    min_stock_level: units,
  }),
})

/** Public: one for each order. */
export const orderProcessed = defineEvent({
  ...keyedByOrder,
  topic: orderProcessedTopic,
  type: 'order-processed',
  summary: 'The stock of an order has left or come in, or the order was refused',
  payload: z.object({
    order_id: z.uuid(),
    result: z.enum(['processed', 'rejected']),
    reason: z.string().optional(),
    items: z.array(orderItem),
  }),
  producer: 'inventory',
  consumers: [],
})

export const inventoryOwnEvents = [productCreated, productUpdated, stockChanged, lowStock] as const
