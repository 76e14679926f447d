import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { aboutOrder, keyedByOrder, shopMoney } from './common.ts'
import { paymentsEvents, paymentsResponses } from './topics.ts'

const reply = {
  ...keyedByOrder,
  topic: paymentsResponses,
  producer: 'payments',
  consumers: ['orders'],
}
const event = { ...reply, topic: paymentsEvents, consumers: ['monitor'] }

/** Why a charge is declined. */
export const declineReasons = [
  'AMOUNT_ABOVE_LIMIT',
  'CUSTOMER_DECLINED',
  'CANCELLED', // a REFUND came first
  'OTHER_AMOUNT', // the order has had a CHARGE of another amount, which stands
] as const

const reason = z.enum(declineReasons)
const paymentId = z.int().positive()
const payment = { payment_id: paymentId, order_id: z.uuid(), amount: shopMoney }

export const charged = defineEvent({
  ...reply,
  type: 'CHARGED',
  summary: 'The order is charged',
  payload: z.object({ ...aboutOrder, payment_id: paymentId, amount: shopMoney }),
})

export const declined = defineEvent({
  ...reply,
  type: 'DECLINED',
  summary: 'This charge was not made, for the reason named',
  payload: z.object({ ...aboutOrder, reason }),
})

export const refunded = defineEvent({
  ...reply,
  type: 'REFUNDED',
  summary: 'Nothing is charged for the order: it was given back, or never taken',
  payload: z.object(aboutOrder),
})

export const paymentCharged = defineEvent({
  ...event,
  type: 'PAYMENT_CHARGED',
  summary: 'A payment was taken',
  payload: z.object(payment),
})

export const paymentDeclined = defineEvent({
  ...event,
  type: 'PAYMENT_DECLINED',
  summary: 'A payment was declined',
  payload: z.object({ ...payment, reason }),
})

export const paymentRefunded = defineEvent({
  ...event,
  type: 'PAYMENT_REFUNDED',
  summary: 'A payment was given back',
  payload: z.object(payment),
})

export const paymentReplies = [charged, declined, refunded] as const
export const paymentEvents = [paymentCharged, paymentDeclined, paymentRefunded] as const
