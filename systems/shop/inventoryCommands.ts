import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { aboutOrder, keyedByOrder, orderItems } from './common.ts'
import { inventoryRequests } from './topics.ts'

const command = {
  ...keyedByOrder,
  topic: inventoryRequests,
  producer: 'orders',
  consumers: ['inventory'],
}

const because = {
  reason: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ examples: ['PAYMENT_DECLINED'] }),
}

/** Sets units aside for a sell order. */
export const reserve = defineEvent({
  ...command,
  type: 'RESERVE',
  summary: 'Units are to be reserved for an order: RESERVED, INSUFFICIENT_STOCK, REJECTED or CANCELLED',
  payload: z.object({ ...aboutOrder, items: orderItems }),
})

/** Undoes RESERVE, whether it has come or not. */
export const release = defineEvent({
  ...command,
  type: 'RELEASE',
  summary: 'What is reserved for an order, or was committed, is to be given back: RELEASED',
  payload: z.object({ ...aboutOrder, ...because }),
})

/** The reserved units leave. */
export const commit = defineEvent({
  ...command,
  type: 'COMMIT',
  summary: 'The reserved units leave the stock: COMMITTED, REJECTED or CANCELLED',
  payload: z.object(aboutOrder),
})

/** Units of a buy order come in. */
export const receive = defineEvent({
  ...command,
  type: 'RECEIVE',
  summary: 'The units of a purchase come in: RECEIVED, REJECTED or CANCELLED',
  payload: z.object({ ...aboutOrder, items: orderItems }),
})

/** Undoes RECEIVE, whether it has come or not. */
export const giveBack = defineEvent({
  ...command,
  type: 'RETURN',
  summary: 'The units of a purchase go back to the supplier: RETURNED, or REJECTED when they are spoken for',
  payload: z.object({ ...aboutOrder, ...because }),
})

export const inventoryCommands = [reserve, release, commit, receive, giveBack] as const
