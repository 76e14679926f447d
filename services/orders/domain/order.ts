import { type Aggregate, type Rejection, reject } from '@relevo/event-store'
import type { CancellationReason, OrderCreated, OrderEvent } from './events.ts'

/**
 *     PENDING ──> CONFIRMED ──> SHIPPED ──> DELIVERED
 *        └──> CANCELLED <──┘
 */
export const orderStatuses = ['PENDING', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'CANCELLED'] as const
export type OrderStatus = (typeof orderStatuses)[number]

const next: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING: ['CONFIRMED', 'CANCELLED'],
  CONFIRMED: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['DELIVERED'],
  DELIVERED: [],
  CANCELLED: [],
}

/** What people may ask for; that an order is confirmed is for its saga to say. */
export function requestableFrom(status: OrderStatus): readonly OrderStatus[] {
  return next[status].filter((each) => each !== 'CONFIRMED')
}

/** What each event says about its order, besides what has happened. */
type Facts = Pick<OrderCreated, 'order_id' | 'order_type' | 'total_amount' | 'created_at'>

/** Null: there is no such order. */
export type OrderState = { readonly status: OrderStatus; readonly facts: Facts } | null

export type OrderCommand =
  | { readonly do: 'create'; readonly order: OrderCreated }
  | { readonly do: 'confirm' | 'ship' | 'deliver' }
  | { readonly do: 'cancel'; readonly reason: CancellationReason; readonly detail?: string | undefined }

/** The order is in this status, from which it cannot get where it should; null: there is none. */
export interface Refusal {
  readonly status: OrderStatus | null
}

const targets = {
  confirm: ['CONFIRMED', 'ORDER_CONFIRMED'],
  ship: ['SHIPPED', 'ORDER_SHIPPED'],
  deliver: ['DELIVERED', 'ORDER_DELIVERED'],
} as const

/** An order, told by its events. A command that asks for what is there already has no effect. */
export const order: Aggregate<OrderState, OrderCommand, OrderEvent, Refusal> = {
  category: 'order',
  initialState: () => null,
  decide,
  evolve,
}

function decide(state: OrderState, command: OrderCommand): readonly OrderEvent[] | Rejection<Refusal> {
  if (command.do === 'create')
    return state ? reject({ status: state.status }) : [{ type: 'ORDER_CREATED', data: command.order }]
  if (state === null) return reject({ status: null })
  if (command.do === 'cancel') return cancel(state, command)
  const [target, type] = targets[command.do]
  if (state.status === target) return []
  return next[state.status].includes(target)
    ? [{ type, data: state.facts }]
    : reject({ status: state.status })
}

function cancel(
  { status, facts }: NonNullable<OrderState>,
  { reason, detail }: Extract<OrderCommand, { do: 'cancel' }>,
): readonly OrderEvent[] | Rejection<Refusal> {
  if (status === 'CANCELLED') return []
  if (status !== 'PENDING' && status !== 'CONFIRMED') return reject({ status })
  const data = { ...facts, previous_status: status, reason, ...(detail !== undefined && { detail }) }
  return [{ type: 'ORDER_CANCELLED', data }]
}

const statusAfter: Readonly<Record<OrderEvent['type'], OrderStatus>> = {
  ORDER_CREATED: 'PENDING',
  ORDER_CONFIRMED: 'CONFIRMED',
  ORDER_CANCELLED: 'CANCELLED',
  ORDER_SHIPPED: 'SHIPPED',
  ORDER_DELIVERED: 'DELIVERED',
}

/** The status of an order once this has happened. */
export function statusOf({ type }: Pick<OrderEvent, 'type'>): OrderStatus {
  return statusAfter[type]
}

function evolve(state: OrderState, event: OrderEvent): OrderState {
  const status = statusOf(event)
  if (state) return { status, facts: state.facts }
  const { order_id, order_type, total_amount, created_at } = event.data
  return { status, facts: { order_id, order_type, total_amount, created_at } }
}
