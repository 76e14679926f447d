import { formatUnits } from '@relevo/kit/exact'
import { type NewOrder, priceDecimals, totalOf } from '../../../systems/bodies/placeOrder.ts'
import type { OrderCreated } from './events.ts'

/** What the database gives to a new order. */
export interface OrderIdentity {
  readonly orderId: string
  readonly orderNumber: string
  readonly createdAt: Date
}

/** A new order with its computed amounts. */
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
