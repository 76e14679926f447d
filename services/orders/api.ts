import { defineApi, pageAnswer, problemDetails } from '@relevo/kit'
import { consumerEndpoints } from '@relevo/kit/consumer'
import { parseExactJson } from '@relevo/kit/exact'
import { replayEndpoints } from '@relevo/kit/replay'
import { sagaEndpoints } from '@relevo/kit/saga'
import { z } from 'zod'
import { placeOrderBody } from '../../systems/bodies/placeOrder.ts'
import { mostUnits } from '../../systems/shop/common.ts'
import { cancellationReasons } from '../../systems/shop/orderEvents.ts'
import { orderEventTypes } from './domain/events.ts'
import { orderStatuses } from './domain/order.ts'
import { getQuery, listQuery, orderParams, preferHeader, statusRequest } from './requests.ts'

const time = z.iso.datetime()
const count = z.int().min(0)
const amount = z.number().min(0).meta({ description: 'Exactly, with two decimals' })

const order = z.object({
  id: z.uuid(),
  order_number: z.string().meta({ examples: ['ORD-000017'] }),
  order_type: z.enum(['sell', 'buy']),
  status: z.enum(orderStatuses),
  customer_id: z.string().nullable(),
  customer_name: z.string(),
  customer_email: z.string().nullable(),
  items: z.array(
    z.object({
      product_id: z.union([z.int().positive(), z.string()]),
      product_name: z.string(),
      quantity: z.int().min(1).max(mostUnits),
      unit_price: amount,
      subtotal: amount,
    }),
  ),
  total_amount: amount,
  currency: z.string(),
  cancellation: z
    .object({ reason: z.enum(cancellationReasons), detail: z.string().optional() })
    .optional()
    .meta({ description: 'Of a cancelled order: why' }),
  created_at: time,
  updated_at: time,
  version: z.int().positive().meta({ description: 'The number of its events' }),
})

const event = z.object({
  version: z.int().positive(),
  type: z.enum(orderEventTypes),
  event_id: z.uuid(),
  recorded_at: time,
  data: z.record(z.string(), z.unknown()),
})

const perStatus = z.object(Object.fromEntries(orderStatuses.map((status) => [status, count])))

const stats = z.object({
  total_orders: count,
  by_status: perStatus,
  by_type: z.object({ sell: perStatus, buy: perStatus }),
  currency: z.string(),
  revenue: z
    .object({
      confirmed: amount.meta({ description: 'Of sales that are confirmed, shipped or delivered' }),
      pending: amount,
      lost: amount.meta({ description: 'Of sales that were cancelled' }),
    })
    .meta({ description: 'Totals of sales' }),
  average_value: amount.nullable().meta({ description: 'Of a sale, rounded; null while there is none' }),
  conversion_rate: z
    .number()
    .nullable()
    .meta({ description: 'Percent of the sales that came to be confirmed; null while there is none' }),
})

const none = { 404: 'There is no such order' }
const { showSaga } = sagaEndpoints('en')
const cancelled = { description: 'It is cancelled', schema: order }
const pending = {
  description: 'What was done for it is being undone; then it is cancelled, or stays as it is',
  schema: order,
}

/** The endpoints of the orders. */
export const api = defineApi({
  title: 'Relevo orders',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    listOrders: {
      method: 'get',
      path: '/orders',
      summary: 'The orders, the newest first',
      role: 'customer',
      query: listQuery,
      responses: { 200: { description: 'A page of orders', schema: pageAnswer('en', 'orders', order) } },
    },
    createOrder: {
      method: 'post',
      path: '/orders',
      summary: 'Places an order; what becomes of it is decided by its saga',
      role: 'customer',
      headers: preferHeader,
      body: placeOrderBody,
      parseBody: parseExactJson,
      responses: { 201: { description: 'The order', schema: order } },
    },
    getStats: {
      method: 'get',
      path: '/orders/stats',
      summary: 'Statistics of all orders, up to a second old',
      access: 'operator',
      responses: { 200: { description: 'The statistics', schema: stats } },
    },
    getOrder: {
      method: 'get',
      path: '/orders/:id',
      summary: 'An order',
      role: 'customer',
      params: orderParams,
      query: getQuery,
      responses: { 200: { description: 'The order', schema: order } },
      errors: { ...none, 409: 'The order has not got to that version' },
    },
    changeStatus: {
      method: 'put',
      path: '/orders/:id/status',
      summary: 'Has an order shipped, delivered or cancelled',
      access: 'operator',
      params: orderParams,
      headers: preferHeader,
      body: statusRequest,
      responses: { 200: { description: 'The order', schema: order }, 202: pending },
      errors: { ...none, 409: 'Its status does not allow that; what it allows is named' },
    },
    cancelOrder: {
      method: 'delete',
      path: '/orders/:id',
      summary: 'Cancels an order',
      role: 'customer',
      params: orderParams,
      headers: preferHeader,
      responses: { 200: cancelled, 202: pending },
      errors: { ...none, 409: 'It is shipped, or what was received is promised to others' },
    },
    getHistory: {
      method: 'get',
      path: '/orders/:id/history',
      summary: 'The events of an order',
      role: 'customer',
      params: orderParams,
      responses: {
        200: {
          description: 'Its events, the first one first',
          schema: z.object({ count, events: z.array(event) }),
        },
      },
      errors: none,
    },
    getSaga: {
      method: 'get',
      path: '/orders/:id/saga',
      summary: 'The saga of an order: its steps, attempts and times',
      role: 'customer',
      params: orderParams,
      responses: showSaga.responses,
      errors: none,
    },
    ...consumerEndpoints('en'),
    ...sagaEndpoints('en'),
    ...replayEndpoints,
  },
})

export type Endpoints = typeof api.endpoints
