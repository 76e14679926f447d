// Also runs in k6: no imports of packages.
import type { ApiRequest, Arrival, Body } from '../request.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** An order of a product that there is not, and so refused: its content is the customer's name. */
export const placeOrder: ApiRequest = {
  path: '/orders',
  accepted: [201],
  body: (name) => ({
    order_type: 'sell',
    customer_name: name,
    customer_email: addressOf(name),
    items: [{ product_id: 'LOAD-001', product_name: 'Load', quantity: 1, unit_price: 9.99 }],
  }),
  event: (name) => `${name}:RESERVE:1`,
  receipt: ({ id }) => (typeof id === 'string' && uuid.test(id) ? {} : undefined),
}

function addressOf(name: string): string {
  return `${encodeURIComponent(name)}@example.com`
}

export const orderPublished: Arrival = {
  at: 'relay-shop',
  path: () => '/status?outbox=orders',
  shows: ({ backlog }) => (backlog as Body | undefined)?.events === 0,
}

export const orderDecided: Arrival = {
  at: 'orders',
  path: (name) => `/orders?customer_email=${encodeURIComponent(addressOf(name))}`,
  shows: ({ orders }) => {
    const found = orders as readonly Body[]
    return found.length > 0 && found.every(({ status }) => status !== 'PENDING')
  },
}
