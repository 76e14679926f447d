import type { QueryResultRow } from 'pg'
import type { CancellationReason, OrderItem } from '../domain/events.ts'
import type { OrderStatus } from '../domain/order.ts'

export const orderColumns = `id, number::float8, saga_id, order_type, status, customer_id, customer_name, customer_email,
  items, total_amount, currency, cancellation, created_at, updated_at, version`

export interface Cancellation {
  readonly reason: CancellationReason
  readonly detail?: string | undefined
}

/** An order as its read model has it. */
export interface OrderRow extends QueryResultRow {
  readonly id: string
  readonly number: number
  readonly saga_id: string
  readonly order_type: 'sell' | 'buy'
  readonly status: OrderStatus
  readonly customer_id: string | null
  readonly customer_name: string
  readonly customer_email: string | null
  readonly items: readonly OrderItem[]
  /** pg gives numeric as a text, which loses nothing. */
  readonly total_amount: string
  readonly currency: string
  readonly cancellation: Cancellation | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly version: number
}
