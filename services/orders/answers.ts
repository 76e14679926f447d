import { exactNumber, formatUnits } from '@relevo/kit/exact'
import { priceDecimals } from '../../systems/bodies/placeOrder.ts'
import { type OrderStatus, orderStatuses } from './domain/order.ts'
import { orderNumber } from './projections/orders.ts'
import { minorOf } from './projections/totals.ts'
import type { TotalsRow } from './sql/addTotals.ts'
import type { OrderRow } from './sql/orderRow.ts'

/** An order as the API shows it. */
export function toAnswer(row: OrderRow) {
  return {
    id: row.id,
    order_number: orderNumber(row.number),
    order_type: row.order_type,
    status: row.status,
    customer_id: row.customer_id,
    customer_name: row.customer_name,
    customer_email: row.customer_email,
    items: row.items.map(({ product_id, product_name, quantity, unit_price, subtotal }) => ({
      product_id,
      product_name,
      quantity,
      unit_price: exactNumber(unit_price.amount),
      subtotal: exactNumber(subtotal.amount),
    })),
    total_amount: exactNumber(row.total_amount),
    currency: row.currency,
    ...(row.cancellation && { cancellation: row.cancellation }),
    created_at: row.created_at,
    updated_at: row.updated_at,
    version: row.version,
  }
}

const confirmed: readonly string[] = ['CONFIRMED', 'SHIPPED', 'DELIVERED'] satisfies OrderStatus[]

/** The API's statistics of all orders. */
export function toStats(totals: readonly TotalsRow[], currency: string) {
  const sales = totals.filter(({ order_type }) => order_type === 'sell')
  const of = (rows: readonly TotalsRow[], statuses: readonly string[]) =>
    rows.filter(({ status }) => statuses.includes(status))
  const orders = countOf(sales)
  const revenue = (statuses: readonly string[]) => money(minorSum(of(sales, statuses)))
  return {
    total_orders: Number(countOf(totals)),
    by_status: perStatus(totals),
    by_type: {
      sell: perStatus(sales),
      buy: perStatus(totals.filter(({ order_type }) => order_type === 'buy')),
    },
    currency,
    revenue: {
      confirmed: revenue(confirmed),
      pending: revenue(['PENDING']),
      lost: revenue(['CANCELLED']),
    },
    average_value: orders === 0n ? null : money(rounded(minorSum(sales), orders)),
    conversion_rate:
      orders === 0n ? null : money(rounded(countOf(of(sales, confirmed)) * 100n * 100n, orders)),
  }
}

/** Two decimals, exactly. */
function money(minor: bigint) {
  return exactNumber(formatUnits(minor, priceDecimals))
}

function rounded(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator)
}

function countOf(rows: readonly TotalsRow[]): bigint {
  return rows.reduce((sum, { orders }) => sum + BigInt(orders), 0n)
}

function minorSum(rows: readonly TotalsRow[]): bigint {
  return rows.reduce((sum, { amount }) => sum + minorOf(amount), 0n)
}

function perStatus(rows: readonly TotalsRow[]) {
  const countIn = (status: string) => Number(countOf(rows.filter((row) => row.status === status)))
  return Object.fromEntries(orderStatuses.map((status) => [status, countIn(status)]))
}
