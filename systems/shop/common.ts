import { z } from 'zod'
import { money } from '../money.ts'

/** What each command of an order's saga carries, and its reply echoes. */
export const aboutOrder = {
  saga_id: z.uuid(),
  step: z.string().min(1).max(100),
  attempt: z.int(),
  order_id: z.uuid(),
}

/** The messages about one order are in order. */
export const keyedByOrder = {
  version: 1,
  key: ({ order_id }: { readonly order_id: string }) => order_id,
  partitionBy: 'key',
} as const

/** An amount of the shop: at most two decimals. */
export const shopMoney = money.extend({ amount: z.string().regex(/^\d{1,12}(\.\d{1,2})?$/) })

export const mostItems = 100
export const mostUnits = 1_000_000

/** A line of an order. `product_id` is the product's number or its SKU. */
export const orderItem = z.object({
  product_id: z.union([z.int().positive(), z.string().min(1).max(64)]),
  quantity: z.int().min(1).max(mostUnits),
  unit_price: shopMoney,
})

export const orderItems = z.array(orderItem).min(1).max(mostItems)

/** A product by its number. */
export const productId = z.int().positive()
