import type { EventContract } from '@relevo/contracts'
import type {
  orderCancelled,
  orderConfirmed,
  orderCreatedEvent,
  orderDelivered,
  orderShipped,
} from '../../../systems/shop/orderEvents.ts'

/** What an event keeps is what it goes to Kafka with; its version is its place in the stream. */
type DataOf<Contract> = Contract extends EventContract<infer Payload> ? Omit<Payload, 'version'> : never

export type OrderCreated = DataOf<typeof orderCreatedEvent>
export type OrderItem = OrderCreated['items'][number]
export type CancellationReason = DataOf<typeof orderCancelled>['reason']

export type OrderEvent =
  | { readonly type: 'ORDER_CREATED'; readonly data: OrderCreated }
  | { readonly type: 'ORDER_CONFIRMED'; readonly data: DataOf<typeof orderConfirmed> }
  | { readonly type: 'ORDER_CANCELLED'; readonly data: DataOf<typeof orderCancelled> }
  | { readonly type: 'ORDER_SHIPPED'; readonly data: DataOf<typeof orderShipped> }
  | { readonly type: 'ORDER_DELIVERED'; readonly data: DataOf<typeof orderDelivered> }

export const orderEventTypes = [
  'ORDER_CREATED',
  'ORDER_CONFIRMED',
  'ORDER_CANCELLED',
  'ORDER_SHIPPED',
  'ORDER_DELIVERED',
] as const satisfies readonly OrderEvent['type'][]
