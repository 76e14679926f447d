import type { QueryResultRow } from 'pg'
import type { ReplyAddress } from '../domain/command.ts'
import type { Charge, DeclineReason, Payment, PaymentState } from '../domain/payment.ts'

/** A payment that has a row. */
export interface StoredPayment extends Payment {
  readonly id: number
  readonly lease: string | null
}

/** pg gives int8 as a text, which loses nothing. */
export interface ChargeRow extends QueryResultRow {
  readonly amount_minor: string | null
  readonly currency: string | null
  readonly customer_id: string | null
  readonly customer_email: string | null
}

export interface PaymentRow extends ChargeRow {
  readonly id: string
  readonly order_id: string
  readonly state: PaymentState
  readonly decline_reason: DeclineReason | null
  readonly provider_reference: string | null
  readonly attempts: number
  readonly waiting: ReplyAddress[]
  readonly lease: string | null
}

export function toCharge(row: ChargeRow): Charge | null {
  if (row.amount_minor === null || row.currency === null) return null
  return {
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    customerId: row.customer_id,
    customerEmail: row.customer_email,
  }
}

export function toPayment(row: PaymentRow): StoredPayment {
  return {
    id: Number(row.id),
    orderId: row.order_id,
    charge: toCharge(row),
    state: row.state,
    declineReason: row.decline_reason,
    providerReference: row.provider_reference,
    called: row.attempts > 0,
    waiting: row.waiting,
    lease: row.lease,
  }
}
