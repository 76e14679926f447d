import { draftEvent, type EventContract } from '@relevo/contracts'
import { createEventStore, type EventStore, type Projection, type StoredEvent } from '@relevo/event-store'
import type { Logger } from '@relevo/kit'
import type { NewEvent } from '@relevo/outbox'
import type { AnySaga, SagaTransaction } from '@relevo/saga'
import type { Registry } from 'prom-client'
import { orderEvents } from '../../systems/shop/orderEvents.ts'
import type { OrderEvent } from './domain/events.ts'
import { order } from './domain/order.ts'
import { ordersProjection } from './projections/orders.ts'
import { buySaga } from './sagas/buySaga.ts'
import { canBeTold, notification } from './sagas/notify.ts'
import type { OrderActions, Patience } from './sagas/orderSaga.ts'
import { cancellationOf } from './sagas/reasons.ts'
import { sellSaga } from './sagas/sellSaga.ts'

/** What the commands of orders work with. */
export interface Orders {
  readonly store: EventStore
  readonly sell: ReturnType<typeof sellSaga>
  readonly buy: ReturnType<typeof buySaga>
  /** Every saga that may be under way. */
  readonly definitions: readonly AnySaga[]
  /** The shop's. */
  readonly currency: string
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
}

export interface OrdersOptions {
  readonly patience: Patience
  readonly currency: string
  readonly logger: Orders['logger']
  readonly registry?: Registry
}

export function createOrders({ patience, currency, logger, registry }: OrdersOptions): Orders {
  const store = createEventStore<OrderEvent>({
    publish,
    projections: [ordersProjection as Projection],
    ...(registry && { registry }),
  })
  const parts = { patience, actions: actionsOf(store, logger) }
  const [sell, buy] = [sellSaga(parts), buySaga(parts)]
  return { store, sell, buy, definitions: [sell, buy], currency, logger }
}

/** An event of an order as Kafka gets it. */
function publish({ type, data, version }: StoredEvent<OrderEvent>) {
  const contract = orderEvents.find((each) => each.type === type)
  if (!contract) throw new Error(`There is no contract of ${type}`)
  return draftEvent(contract as EventContract, { ...data, version })
}

function actionsOf(store: EventStore, logger: Orders['logger']): OrderActions {
  return {
    async confirm(tx, { order: { order_id: orderId } }) {
      const result = await store.execute(tx, order, orderId, { do: 'confirm' }, within(tx))
      if (result.outcome !== 'accepted') throw new Error(`Order ${orderId} cannot be confirmed`)
      logger.info({ orderId }, `✅ Order confirmed: ${orderId}`)
    },
    async cancel(tx, data, why) {
      const { order_id: orderId } = data.order
      const cancellation = cancellationOf(why)
      const command = { do: 'cancel', ...cancellation } as const
      const result = await store.execute(tx, order, orderId, command, within(tx))
      const facts = { orderId, reason: command.reason }
      if (result.outcome !== 'accepted') throw new Error(`Order ${orderId} cannot be cancelled`)
      if (canBeTold(data)) tx.record([notification('order_cancelled', data, cancellation)])
      logger.warn(facts, `⚠️ Order cancelled: ${orderId}`)
    },
    async refuseUndo(tx, { order: { order_id: orderId } }) {
      const { state } = await store.load(tx, order, orderId)
      const { status } = state ?? {}
      return status === 'SHIPPED' || status === 'DELIVERED' ? `Order ${orderId} is ${status}` : undefined
    },
  }
}

/** What is published goes with the saga's commands. */
function within(tx: SagaTransaction) {
  return { record: async (events: readonly NewEvent[]) => tx.record(events) }
}
