import type { Origin } from '@relevo/inbox'
import type { Line, OrderItem, Refusal } from './reservation.ts'

/** A command of an order's saga. */
export interface Command {
  readonly type: 'RESERVE' | 'RELEASE' | 'COMMIT' | 'RECEIVE' | 'RETURN'
  readonly sagaId: string
  readonly step: string
  readonly attempt: number
  readonly orderId: string
  /** Of RESERVE and RECEIVE. */
  readonly items?: readonly OrderItem[] | undefined
  /** Why the order ends, of RELEASE and RETURN. */
  readonly reason?: string | undefined
  /** Of what follows from it. */
  readonly origin?: Origin | undefined
}

export type Answer =
  | { readonly type: 'RESERVED'; readonly lines: readonly Line[] }
  | { readonly type: 'CANCELLED' | 'RELEASED' | 'COMMITTED' | 'RECEIVED' | 'RETURNED' }
  | Refusal

/** The public news of an order: one for each. */
export interface Processed {
  readonly result: 'processed' | 'rejected'
  readonly reason?: string
}

/** What a command comes to. */
export interface Decision {
  readonly command: Command
  readonly answer: Answer
  readonly processed?: Processed
}
