import { randomUUID } from 'node:crypto'
import { draftEvent } from '@relevo/contracts'
import type { Handlers } from '@relevo/kit'
import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import type { api } from './api.ts'
import { orderPlaced } from './events.ts'

const insertOrder = 'insert into orders (order_id, customer, cents) values ($1, $2, $3)'
const newestInvoices =
  'select order_id as "orderId", customer, cents from invoice order by created_at desc limit 100'

export function createHandlers(
  pool: pg.Pool,
): Pick<Handlers<typeof api.endpoints>, 'placeOrder' | 'listInvoices'> {
  return {
    // The kit has begun a transaction on `client`. It commits when this returns, and rolls back when this throws:
    // the order and its event are recorded together, or neither is.
    placeOrder: async ({ body: { customer, cents } }, client) => {
      const orderId = randomUUID()
      await client.query(insertOrder, [orderId, customer, cents])
      await enqueue(client, [draftEvent(orderPlaced, { orderId, customer, cents })])
      return { status: 201, body: { orderId } }
    },
    listInvoices: async () => ({ body: { invoices: (await pool.query(newestInvoices)).rows } }),
  }
}
