import type { declineReasons } from '../../../systems/shop/paymentReplies.ts'
import type { ReplyAddress } from './command.ts'

export type DeclineReason = (typeof declineReasons)[number]

/** What CHARGE asks for. */
export interface Charge {
  /** In hundredths of the currency. */
  readonly amountMinor: bigint
  readonly currency: string
  readonly customerId: string | null
  readonly customerEmail: string | null
}

export const amountDecimals = 2

/**
 *     CHARGE ──> requested ──approved──> charged ──REFUND──> refunding ──refunded──> refunded
 *                 │     │                                        ^
 *                 │     ├──REFUND, a call was begun──> cancelling ──approved
 *                 │     │                                   │
 *                 │     └──REFUND, none was begun──┐        │
 *                 └──declined──> declined <────────│────────┘ declined
 *                                                  v
 *     REFUND without a CHARGE ──────────────> cancelled
 *
 * In `requested`, `cancelling` and `refunding` a call of the provider is due.
 */
export const paymentStates = [
  'requested',
  'cancelling',
  'charged',
  'declined',
  'cancelled',
  'refunding',
  'refunded',
] as const

export type PaymentState = (typeof paymentStates)[number]

/** What an order has had of the payments. */
export interface Payment {
  readonly orderId: string
  /** Null for a tombstone whose CHARGE has not come. */
  readonly charge: Charge | null
  readonly state: PaymentState
  readonly declineReason: DeclineReason | null
  readonly providerReference: string | null
  /** A call for what is due was begun, so that the provider may know of it. */
  readonly called: boolean
  /** Who is answered when the call is settled. */
  readonly waiting: readonly ReplyAddress[]
}

export type Operation = 'authorize' | 'refund'

/** The call that is due. */
export function dueCall({ state }: Pick<Payment, 'state'>): Operation | undefined {
  if (state === 'requested' || state === 'cancelling') return 'authorize'
  return state === 'refunding' ? 'refund' : undefined
}
