import type { z } from 'zod'
import type { orderItem } from '../../../systems/shop/common.ts'
import type { rejectionReasons } from '../../../systems/shop/inventoryReplies.ts'

export type OrderItem = z.output<typeof orderItem>

/** Units of one product. */
export interface Line {
  readonly productId: number
  readonly quantity: number
}

export interface Shortage {
  readonly productId: number
  readonly requested: number
  readonly available: number
}

/** A reply that says no, without the address that each reply echoes. */
export type Refusal =
  | { readonly type: 'INSUFFICIENT_STOCK'; readonly shortages: readonly Shortage[] }
  | {
      readonly type: 'REJECTED'
      readonly reason: (typeof rejectionReasons)[number]
      readonly items?: readonly { readonly product_id: number | string; readonly price?: string }[]
      readonly shortages?: readonly Shortage[]
      /** Of a RETURN: the command that was refused. */
      readonly of?: { readonly sagaId: string; readonly attempt: number }
    }

/**
 *     RESERVE ──> reserved ──COMMIT──> committed        RECEIVE ──> received
 *        │            │                    │               │            │
 *        │            └──RELEASE──┐  ┌──RELEASE            │          RETURN
 *        └──> refused             v  v                     └> refused   v
 *                   RELEASE ──> released                    RETURN ──> returned
 *
 * A RELEASE or RETURN that comes first leaves its tombstone.
 */
export type ReservationState = 'reserved' | 'committed' | 'released' | 'received' | 'returned' | 'refused'

/** What an order has had of the inventory. */
export interface Reservation {
  readonly orderId: string
  readonly kind: 'sell' | 'buy'
  readonly state: ReservationState
  /** As they were asked for; null for a tombstone. */
  readonly items: readonly OrderItem[] | null
  readonly lines: readonly Line[]
  readonly refusal: Refusal | null
}
