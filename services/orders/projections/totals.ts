import type { Projection, StoredEvent } from '@relevo/event-store'
import { formatUnits, parseUnits } from '@relevo/kit/exact'
import { priceDecimals } from '../../../systems/bodies/placeOrder.ts'
import { type OrderEvent, orderEventTypes } from '../domain/events.ts'
import { type OrderStatus, order, statusOf } from '../domain/order.ts'
import { addTotals, type TotalsChange } from '../sql/addTotals.ts'

/** What the statistics are made of; kept by a subscription. */
export const totalsProjection: Projection<OrderEvent> = {
  name: 'order-totals',
  table: 'public.order_totals',
  inline: false,
  categories: [order.category],
  types: orderEventTypes,
  async apply(events, tx, table) {
    const changes = foldTotals(events)
    if (changes.length > 0) await addTotals(tx, table, changes)
  },
}

/** What events move between the statuses, summed up. */
export function foldTotals(
  events: readonly Pick<StoredEvent<OrderEvent>, 'type' | 'data'>[],
): TotalsChange[] {
  const sums = new Map<string, TotalsChange>()
  const add = (orderType: string, status: string, sign: 1 | -1, minor: bigint) => {
    const key = `${orderType} ${status}`
    const before = sums.get(key) ?? { orders: 0, minor: 0n }
    const sum = before.minor + BigInt(sign) * minor
    const amount = formatUnits(sum, priceDecimals)
    sums.set(key, { orderType, status, orders: before.orders + sign, minor: sum, amount })
  }
  for (const event of events as readonly OrderEvent[]) {
    const { order_type: orderType, total_amount } = event.data
    const minor = minorOf(total_amount.amount)
    const previous = previousOf(event)
    if (previous) add(orderType, previous, -1, minor)
    add(orderType, statusOf(event), 1, minor)
  }
  return [...sums.values()].filter(({ orders, minor }) => orders !== 0 || minor !== 0n)
}

function previousOf(event: OrderEvent): OrderStatus | undefined {
  if (event.type === 'ORDER_CANCELLED') return event.data.previous_status
  return {
    ORDER_CREATED: undefined,
    ORDER_CONFIRMED: 'PENDING',
    ORDER_SHIPPED: 'CONFIRMED',
    ORDER_DELIVERED: 'SHIPPED',
  }[event.type] as OrderStatus | undefined
}

/** @throws Error for what no contract lets through. */
export function minorOf(amount: string): bigint {
  const minor = parseUnits(amount, priceDecimals)
  if (minor === undefined) throw new Error(`${amount} is no amount of the shop`)
  return minor
}
