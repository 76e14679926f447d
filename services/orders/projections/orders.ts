import type { Projection, StoredEvent } from '@relevo/event-store'
import { type OrderEvent, orderEventTypes } from '../domain/events.ts'
import { order, statusOf } from '../domain/order.ts'
import type { Cancellation, OrderRow } from '../sql/orderRow.ts'
import { insertOrders, type OrderChange, updateOrders } from '../sql/saveOrders.ts'

type Stored = StoredEvent<OrderEvent>

/** The read model of the API, written in the transaction that appends. */
export const ordersProjection: Projection<OrderEvent> = {
  name: 'orders',
  table: 'public.orders',
  inline: true,
  categories: [order.category],
  types: orderEventTypes,
  async apply(events, tx, table) {
    const { created, changed } = foldOrders(events)
    if (created.length > 0) await insertOrders(tx, table, created)
    if (changed.length > 0) await updateOrders(tx, table, changed)
  },
}

/** Applies events to the rows: each order is written once, whatever the number of its events. */
export function foldOrders(events: readonly Stored[]): {
  readonly created: readonly OrderRow[]
  readonly changed: readonly OrderChange[]
} {
  const created = new Map<string, OrderRow>()
  const changed = new Map<string, OrderChange>()
  for (const event of events) {
    if (event.type === 'ORDER_CREATED') {
      const row = newRow(event)
      created.set(row.id, row)
      continue
    }
    const { order_id: id } = event.data
    const row = created.get(id)
    if (row) created.set(id, { ...row, ...changeOf(event) })
    else changed.set(id, changeOf(event))
  }
  return { created: [...created.values()], changed: [...changed.values()] }
}

function newRow(event: Extract<Stored, { type: 'ORDER_CREATED' }>): OrderRow {
  const { data, metadata } = event
  return {
    ...changeOf(event),
    number: numberOf(data.order_number),
    saga_id: String(metadata?.saga_id),
    order_type: data.order_type,
    customer_id: data.customer_id,
    customer_name: data.customer_name,
    customer_email: data.customer_email,
    items: data.items,
    total_amount: data.total_amount.amount,
    currency: data.total_amount.currency,
    created_at: new Date(data.created_at),
  }
}

// Only the last event of an order can cancel it.
function changeOf(event: Stored): OrderChange {
  return {
    id: event.data.order_id,
    status: statusOf(event),
    cancellation: cancellationOf(event),
    updated_at: event.recordedAt,
    version: event.version,
  }
}

function cancellationOf(event: Stored): Cancellation | null {
  if (event.type !== 'ORDER_CANCELLED') return null
  const { reason, detail } = event.data
  return { reason, ...(detail !== undefined && { detail }) }
}

/** `ORD-000017` */
export function orderNumber(number: number): string {
  return `ORD-${String(number).padStart(6, '0')}`
}

export function numberOf(text: string): number {
  return Number(text.slice('ORD-'.length))
}
