import type { Origin } from '@relevo/inbox'
import type { Charge, DeclineReason } from './payment.ts'

/** Where a reply goes: to this attempt at a step of a saga. */
export interface ReplyAddress {
  readonly command: 'CHARGE' | 'REFUND'
  readonly sagaId: string
  readonly step: string
  readonly attempt: number
  /** Of what follows from the command. */
  readonly origin?: Origin | undefined
}

/** A command of an order's saga. */
export interface Command {
  readonly orderId: string
  readonly address: ReplyAddress
  /** Of CHARGE. */
  readonly charge?: Charge | undefined
}

export type Answer =
  | { readonly type: 'CHARGED' }
  | { readonly type: 'REFUNDED' }
  | { readonly type: 'DECLINED'; readonly reason: DeclineReason }

export interface Reply {
  readonly to: ReplyAddress
  readonly answer: Answer
}

/** The public outcome of a payment: charged, refunded, or declined for this reason. */
export type News =
  | { readonly type: 'PAYMENT_CHARGED' | 'PAYMENT_REFUNDED' }
  | { readonly type: 'PAYMENT_DECLINED'; readonly reason: DeclineReason }
