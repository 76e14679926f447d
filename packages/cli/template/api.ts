import { defineApi, problemDetails } from '@relevo/kit'
import { consumerEndpoints } from '@relevo/kit/consumer'
import { z } from 'zod'

const newOrder = z.object({ customer: z.string().min(1).max(200), cents: z.int().positive() })
const invoice = z.object({ orderId: z.uuid(), customer: z.string(), cents: z.int() })

/** The endpoints. Requests are checked against these schemas, and GET /openapi.json describes them. */
export const api = defineApi({
  title: 'Orders',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    placeOrder: {
      method: 'post',
      path: '/orders',
      summary: 'Places an order',
      body: newOrder,
      responses: { 201: { description: 'Its id', schema: z.object({ orderId: z.uuid() }) } },
    },
    listInvoices: {
      method: 'get',
      path: '/invoices',
      summary: 'The newest 100 invoices',
      responses: {
        200: { description: 'The invoices', schema: z.object({ invoices: z.array(invoice) }) },
      },
    },
    ...consumerEndpoints('en'),
  },
})
