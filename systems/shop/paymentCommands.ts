import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { aboutOrder, keyedByOrder, shopMoney } from './common.ts'
import { paymentsRequests } from './topics.ts'

const command = {
  ...keyedByOrder,
  topic: paymentsRequests,
  producer: 'orders',
  consumers: ['payments'],
}

/** Charges an order, once. */
export const charge = defineEvent({
  ...command,
  type: 'CHARGE',
  summary: 'The total of an order is to be charged: CHARGED or DECLINED',
  payload: z.object({
    ...aboutOrder,
    amount: shopMoney,
    customer_id: z.string().max(200).optional(),
    customer_email: z.string().max(320).optional(),
  }),
})

/** Undoes CHARGE, whether it has come or not. */
export const refund = defineEvent({
  ...command,
  type: 'REFUND',
  summary: 'What was charged for an order is to be given back: REFUNDED',
  payload: z.object({ ...aboutOrder, reason: z.string().min(1).max(100).optional() }),
})

export const paymentCommands = [charge, refund] as const
