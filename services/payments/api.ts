import { defineApi, integerParameter, pageAnswer, pageQuery, problemDetails } from '@relevo/kit'
import { consumerEndpoints } from '@relevo/kit/consumer'
import { z } from 'zod'
import { paymentStates } from './domain/payment.ts'

const time = z.iso.datetime()
const count = z.int().min(0)

const payment = z.object({
  id: z.int().positive(),
  order_id: z.uuid(),
  status: z.enum(paymentStates).meta({
    description:
      'In requested, cancelling and refunding the outcome of a call to the provider is not known yet',
  }),
  amount: z.number().nullable().meta({
    description: 'Exactly, as it was asked for; null when REFUND came and CHARGE has not',
  }),
  currency: z.string().nullable(),
  customer_id: z.string().nullable(),
  reason: z.string().nullable().meta({ description: 'Why it was declined or cancelled' }),
  provider_reference: z.string().nullable().meta({ description: 'What the provider calls the charge' }),
  attempts: count.meta({ description: 'Calls for what is pending' }),
  last_error: z.string().nullable().meta({ description: 'Why the outcome of the last of them is unknown' }),
  pending_since: time.nullable(),
  created_at: time,
  updated_at: time,
})

const listQuery = pageQuery('en').extend({
  order_id: z.uuid('The parameter "order_id" must be a UUID').optional(),
})

const params = z.object({ id: integerParameter({ min: 1, max: Number.MAX_SAFE_INTEGER }) })

/** The endpoints of the payments. */
export const api = defineApi({
  title: 'Relevo payments',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    listPayments: {
      method: 'get',
      path: '/payments',
      summary: 'The payments, the newest first; an order has one at most',
      query: listQuery,
      responses: {
        200: { description: 'A page of payments', schema: pageAnswer('en', 'payments', payment) },
      },
    },
    getPayment: {
      method: 'get',
      path: '/payments/:id',
      summary: 'A payment by its number',
      params,
      responses: { 200: { description: 'The payment', schema: payment } },
      errors: { 404: 'There is no such payment' },
    },
    ...consumerEndpoints('en', {
      pending: count.meta({ description: 'Payments with a call of the provider that is due' }),
      oldest_pending_seconds: z.number().min(0),
      unsettled: count.meta({ description: 'Of them those pending for longer than UNSETTLED_AFTER_MS' }),
    }),
  },
})

export type Endpoints = typeof api.endpoints
