import { defineApi, pageAnswer, problemDetails } from '@relevo/kit'
import { consumerEndpoints } from '@relevo/kit/consumer'
import { z } from 'zod'
import { rangeQuery, startParams, stockQuery, windowsQuery } from './requests.ts'

const count = z.int().min(0)
const time = z.iso.datetime()
const amount = z.number().meta({ description: "In the shop's currency, exactly" })
const ratio = z.object({
  numerator: count,
  denominator: count,
  rate: z.number().min(0).max(100).nullable().meta({ description: 'Percent; null of nothing' }),
})

const figures = {
  orders: z.object({ created: count, confirmed: count, cancelled: count }),
  conversion: ratio.meta({
    description: 'Of the orders placed in the window: those that are confirmed by now',
  }),
  revenue: z
    .object({
      currency: z.string(),
      created: amount,
      confirmed: amount,
      pending: amount.meta({ description: 'Neither confirmed nor cancelled at the end of the window' }),
      lost: amount.meta({ description: 'Of cancelled orders' }),
      reversed: amount.meta({ description: 'That part of what is lost which had been confirmed before' }),
    })
    .meta({
      description: 'Of orders by customers; created + reversed = confirmed + lost + what pending grew by',
    }),
  inventory: z
    .object({ products: count, stock: count, reserved: count, available: count, low_stock: count })
    .meta({ description: 'At the end of the window' }),
  notifications: z.object({ sent: count, failed: count, dead: count, success: ratio }).meta({
    description: '`failed` and `success` are of attempts; `dead` are notifications that were given up',
  }),
  events: z.object({
    total: count,
    orders: count,
    inventory: count,
    notifications: count,
    clamped: count.meta({ description: 'With a time in the future, counted when their records were sent' }),
  }),
}

const report = z.object({
  start: time,
  end: time,
  revision: count.meta({ description: '0: the window is open' }),
  late_events: count.meta({ description: 'Events that came after the window was closed' }),
  closed_at: time.nullable().meta({ description: 'When this revision was made' }),
  ...figures,
})

const hour = z.object({ hour: time, total: count, orders: count, inventory: count, notifications: count })

const product = z.object({
  product_id: z.int().positive(),
  sku: z.string().nullable(),
  stock_quantity: count,
  reserved_quantity: count,
  available_quantity: count,
  min_stock_level: count,
  changed_at: time,
})

const rebuild = z.object({
  id: z.int().positive(),
  requested_at: time,
  ended_at: time.nullable(),
  error: z.string().nullable().meta({ description: 'Why it cannot go on just now' }),
  read: count.meta({ description: 'Records read' }),
  records: count.nullable().meta({ description: 'Records to be read' }),
  added: count.meta({ description: 'Events that had not been counted' }),
  corrected: count.meta({ description: 'Events that had been counted otherwise' }),
  rejected: count.meta({ description: 'Records that do not count' }),
  kept: count
    .nullable()
    .meta({ description: 'Events that Kafka does not have any more, which stay counted' }),
})

/** The endpoints of the analytics. */
export const api = defineApi({
  title: 'Relevo analytics',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    listWindows: {
      method: 'get',
      path: '/windows',
      summary: 'The closed windows in which something happened, the newest first',
      query: windowsQuery,
      responses: { 200: { description: 'A page of windows', schema: pageAnswer('en', 'windows', report) } },
    },
    currentWindow: {
      method: 'get',
      path: '/windows/current',
      summary: 'The window of now, which is open',
      responses: { 200: { description: 'The window so far', schema: report } },
    },
    getWindow: {
      method: 'get',
      path: '/windows/:start',
      summary: 'A window with its revisions',
      params: startParams,
      responses: {
        200: {
          description: 'The window, and its reports, the newest first: 100 at most',
          schema: report.extend({ revisions: z.array(report) }),
        },
      },
      errors: { 404: 'No window begins then, or nothing happened in it' },
    },
    summary: {
      method: 'get',
      path: '/summary',
      summary: 'The sum of all windows, open ones included',
      query: rangeQuery,
      responses: {
        200: {
          description: 'The sum; what is a state is that at the end',
          schema: z.object({
            from: time.nullable(),
            to: time,
            windows: count.meta({ description: 'Closed windows in which something happened' }),
            revised: count,
            late_events: count,
            ...figures,
          }),
        },
      },
    },
    hourly: {
      method: 'get',
      path: '/hourly',
      summary: 'The events of each hour, the newest first; of the last 24 hours unless said otherwise',
      query: rangeQuery,
      responses: {
        200: { description: 'The hours that have events', schema: z.object({ count, hours: z.array(hour) }) },
      },
    },
    inventory: {
      method: 'get',
      path: '/inventory',
      summary: 'The stock by the latest events',
      query: stockQuery,
      responses: {
        200: {
          description: 'All products together, and a page of them',
          schema: pageAnswer('en', 'products', product).extend({ totals: figures.inventory }),
        },
      },
    },
    lastRebuild: {
      method: 'get',
      path: '/rebuilds/last',
      summary: 'How far the rebuild is that was asked for last',
      responses: { 200: { description: 'The rebuild', schema: rebuild } },
      errors: { 404: 'None was asked for' },
    },
    rebuild: {
      method: 'post',
      path: '/rebuilds',
      summary: 'Reads what Kafka has again, and counts what had not been counted so',
      role: 'operator',
      responses: { 202: { description: 'It is under way', schema: rebuild } },
      errors: { 409: 'Another is under way' },
    },
    ...consumerEndpoints('en', {
      closed_until: time.nullable().meta({ description: 'Every window that begins before is closed' }),
    }),
  },
})

export type Endpoints = typeof api.endpoints
