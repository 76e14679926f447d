import type { SagaCommand } from '@relevo/saga'
import { v5 as uuidv5 } from 'uuid'
import { notificationRequested, type shopTemplates } from '../../../systems/shop/notificationRequests.ts'
import type { OrderCreated } from '../domain/events.ts'
import type { OrderSagaData } from './orderSaga.ts'
import type { cancellationOf } from './reasons.ts'

type Template = Extract<(typeof shopTemplates)[number], `order_${string}`>
type Cancellation = ReturnType<typeof cancellationOf>

/** Nobody can be told who has left no address. */
export function canBeTold({ order }: OrderSagaData): boolean {
  return order.customer_email !== null
}

/** Has the customer told what has become of the order. Asked twice, it is the same notification. */
export function notification(
  template: Template,
  { order }: OrderSagaData,
  cancellation?: Cancellation,
): SagaCommand {
  const notification_id = uuidv5(template, order.order_id)
  return {
    topic: notificationRequested.topic.name,
    type: notificationRequested.type,
    key: notification_id,
    payload: {
      notification_id,
      channel: 'email',
      template,
      to: order.customer_email,
      order_id: order.order_id,
      ...(order.customer_id !== null && { customer_id: order.customer_id }),
      data: { ...shownOf(order), ...cancellation },
    },
  }
}

function shownOf({ order_number, order_type, customer_name, items, total_amount }: OrderCreated) {
  const lines = items.map(({ product_name, quantity, unit_price, subtotal }) => {
    return { product_name, quantity, unit_price, subtotal }
  })
  return { order_number, order_type, customer_name, items: lines, total_amount }
}
