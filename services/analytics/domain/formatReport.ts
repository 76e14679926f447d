import { divideHalfEven, type ExactNumber, exactNumber, formatUnits } from '@relevo/kit/exact'
import type { Figures } from './report.ts'

/** A share in percent to one decimal, as 85.2; null of nothing. */
export function percent(numerator: bigint, denominator: bigint): ExactNumber | null {
  if (denominator === 0n) return null
  return exactNumber(formatUnits(divideHalfEven(numerator * 1_000n, denominator), 1))
}

function amount(minor: bigint): ExactNumber {
  return exactNumber(formatUnits(minor, 2))
}

function ratio(numerator: bigint, denominator: bigint) {
  return {
    numerator: Number(numerator),
    denominator: Number(denominator),
    rate: percent(numerator, denominator),
  }
}

/** The figures as the API and the log show them. */
export function toAnswer(figures: Figures, currency: string) {
  const { stock, reserved, notifications_sent: sent, notifications_failed: failed } = figures
  return {
    orders: {
      created: Number(figures.orders_created),
      confirmed: Number(figures.orders_confirmed),
      cancelled: Number(figures.orders_cancelled),
    },
    conversion: ratio(figures.conversion_numerator, figures.conversion_denominator),
    revenue: {
      currency,
      created: amount(figures.revenue_created),
      confirmed: amount(figures.revenue_confirmed),
      pending: amount(figures.revenue_pending),
      lost: amount(figures.revenue_lost),
      reversed: amount(figures.revenue_reversed),
    },
    inventory: {
      products: Number(figures.products),
      stock: Number(stock),
      reserved: Number(reserved),
      available: Number(stock - reserved),
      low_stock: Number(figures.low_stock),
    },
    notifications: {
      sent: Number(sent),
      failed: Number(failed),
      dead: Number(figures.notifications_dead),
      success: ratio(sent, sent + failed),
    },
    events: {
      total: Number(figures.events),
      orders: Number(figures.order_events),
      inventory: Number(figures.inventory_events),
      notifications: Number(figures.notification_events),
      clamped: Number(figures.clamped_events),
    },
  }
}

/** The lines of a report in the log, below its headline. */
export function reportLines(figures: Figures, currency: string): string[] {
  const { orders, conversion, inventory, notifications } = toAnswer(figures, currency)
  const money = new Intl.NumberFormat('en-US', { style: 'currency', currency, minimumFractionDigits: 2 })
  const of = (minor: bigint) => money.format(formatUnits(minor, 2) as `${number}`)
  const rate = (value: ExactNumber | null) => (value === null ? 'n/a' : `${value.rawJSON}%`)
  const { revenue_confirmed, revenue_pending, revenue_lost } = figures
  return [
    `💰 Revenue: ${of(revenue_confirmed)}`,
    `💰 Revenue pending: ${of(revenue_pending)}, lost: ${of(revenue_lost)}`,
    `🛒 Orders: ${orders.created} created, ${orders.confirmed} confirmed, ${orders.cancelled} cancelled`,
    `📈 Conversion Rate: ${rate(conversion.rate)}`,
    `📦 Inventory: ${inventory.stock} in stock, ${inventory.reserved} reserved, ${inventory.available} available`,
    `📬 Notifications: ${notifications.sent} sent, ${notifications.failed} failed, success ${rate(notifications.success.rate)}`,
  ]
}
