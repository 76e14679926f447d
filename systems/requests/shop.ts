// Also runs in k6: no imports of packages.
import type { ApiRequest } from '../request.ts'

export const createProduct: ApiRequest = {
  path: '/products',
  accepted: [201],
  body: (name) => ({ name, price: 9.99, stock_quantity: 100, min_stock_level: 10 }),
  event: (name) => name,
  receipt: ({ id }) => (Number.isSafeInteger(id) ? {} : undefined),
}
