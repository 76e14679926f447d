import { formatUnits } from '@relevo/kit/exact'
import type { OrderCreated } from './events.ts'

/** Hundredths: the shop's amounts have two decimals. */
export const priceDecimals = 2

/** In hundredths; what is not below cannot be told in an event. */
export const totalBound = 10n ** 14n

export interface NewLine {
  /** The product's number or its SKU. */
  readonly productId: number | string
  readonly productName: string
  readonly quantity: number
  readonly unitMinor: bigint
}

/** What is ordered, by whom. */
export interface NewOrder {
  readonly type: 'sell' | 'buy'
  readonly customerId: string | null
  readonly customerName: string
  readonly customerEmail: string | null
  readonly lines: readonly NewLine[]
}

/** What the database gives to a new order. */
export interface OrderIdentity {
  readonly orderId: string
  readonly orderNumber: string
  readonly createdAt: Date
}

export function totalOf({ lines }: Pick<NewOrder, 'lines'>): bigint {
  return lines.reduce((sum, { quantity, unitMinor }) => sum + BigInt(quantity) * unitMinor, 0n)
}

/** What is told of a new order, its amounts counted out. */
export function describeOrder(
  order: NewOrder,
  { orderId, orderNumber, createdAt }: OrderIdentity,
  currency: string,
): OrderCreated {
  const money = (minor: bigint) => ({ amount: formatUnits(minor, priceDecimals), currency })
  return {
    order_id: orderId,
    order_type: order.type,
    total_amount: money(totalOf(order)),
    created_at: createdAt.toISOString(),
    order_number: orderNumber,
    customer_id: order.customerId,
    customer_name: order.customerName,
    customer_email: order.customerEmail,
    items: order.lines.map(({ productId, productName, quantity, unitMinor }) => ({
      product_id: productId,
      product_name: productName,
      quantity,
      unit_price: money(unitMinor),
      subtotal: money(BigInt(quantity) * unitMinor),
    })),
  }
}
