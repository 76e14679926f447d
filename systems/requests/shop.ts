// Also runs in k6: no imports of packages.
import type { ApiRequest, Arrival, Body, Provision } from '../request.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** So many of a product that costs 9.99. */
export interface OrderLine {
  readonly sku: string
  readonly quantity: number
}

/** An order; its content is the customer's name. `declined`: the sandbox provider declines its payment. */
export function orderOf(
  lines: readonly OrderLine[],
  { declined }: { readonly declined: boolean } = { declined: false },
): ApiRequest {
  return {
    path: '/orders',
    accepted: [201],
    body: (name) => ({
      order_type: 'sell',
      customer_name: name,
      customer_email: `${declined ? 'declined-' : ''}${addressOf(name)}`,
      items: lines.map(({ sku: product_id, quantity }) => ({
        product_id,
        product_name: 'Load',
        quantity,
        unit_price: 9.99,
      })),
    }),
    event: (name) => `${name}:RESERVE:1`,
    receipt: ({ id }) => (typeof id === 'string' && uuid.test(id) ? {} : undefined),
  }
}

/** The product of which one order after the other is placed: enough of it for all of them. */
export const provideProduct: Provision = {
  at: 'inventory',
  path: '/products',
  body: { sku: 'LOAD-001', name: 'Load', price: 9.99, stock_quantity: 1_000_000, min_stock_level: 0 },
  accepted: [201, 409],
}

export const placeOrder = orderOf([{ sku: 'LOAD-001', quantity: 1 }])

function addressOf(name: string): string {
  return `${encodeURIComponent(name)}@example.com`
}

export const orderPublished: Arrival = {
  at: 'relay-shop',
  path: () => '/status?outbox=orders',
  shows: ({ backlog }) => (backlog as Body | undefined)?.events === 0,
}

export const orderConfirmed: Arrival = {
  at: 'orders',
  path: (name) => `/orders?customer_email=${encodeURIComponent(addressOf(name))}`,
  shows: ({ orders }) => {
    const found = orders as readonly Body[]
    return found.length > 0 && found.every(({ status }) => status === 'CONFIRMED')
  },
}

/** Nobody has told the monitor of the order: it has seen that all of them work. */
export const shopWatched: Arrival = {
  at: 'monitor',
  path: () => '/services/health',
  shows: ({ status, stale }) => status === 'healthy' && stale === false,
}
