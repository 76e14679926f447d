import type { EventContract } from '@relevo/contracts'
import type { SagaCommand, SagaReason, SagaTransaction } from '@relevo/saga'
import type { OrderCreated } from '../domain/events.ts'

/** What a saga of an order knows. */
export interface OrderSagaData {
  readonly order: OrderCreated
}

/** How long each step may take, and how often it is tried. */
export interface Patience {
  readonly timeoutMs: number
  readonly attempts: number
  /** Of what undoes a step, and of what comes behind the pivot: that is tried until it is answered. */
  readonly forwardTimeoutMs: number
  readonly stuckAfter: number
}

/** What the sagas do in the database of the orders, in their own transactions. */
export interface OrderActions {
  /** @throws Error when the order cannot be confirmed. */
  confirm(tx: SagaTransaction, data: OrderSagaData): Promise<void>
  /** @throws Error when the order cannot be cancelled. */
  cancel(tx: SagaTransaction, data: OrderSagaData, reason: SagaReason): Promise<void>
  /** Why the order cannot be cancelled any more. */
  refuseUndo(tx: SagaTransaction, data: OrderSagaData): Promise<string | undefined>
}

export interface SagaParts {
  readonly patience: Patience
  readonly actions: OrderActions
}

/** What the saga adds to every command. */
type Address = 'saga_id' | 'step' | 'attempt' | 'order_id'

/** A command to a participant, as its contract says. */
export function commandTo<Payload extends object>(
  contract: EventContract<Payload>,
  { order }: OrderSagaData,
  rest: Omit<Payload, Address>,
): SagaCommand {
  return {
    topic: contract.topic.name,
    type: contract.type,
    payload: { order_id: order.order_id, ...rest },
    key: order.order_id,
  }
}

/** The lines as the inventory is asked for them. */
export function requestedItems({ order: { items } }: OrderSagaData) {
  return items.map(({ product_id, quantity, unit_price }) => ({ product_id, quantity, unit_price }))
}

/** Why something is undone, where the inventory or the payments are told. */
export function because(reason: SagaReason | null): { reason?: string } {
  return reason === null ? {} : { reason: reason.code.slice(0, 100) }
}
