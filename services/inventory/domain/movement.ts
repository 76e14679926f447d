import { availableOf, mostUnits, type Product } from './product.ts'

export const movementTypes = ['purchase', 'sale', 'return', 'adjustment', 'damage'] as const
export type MovementType = (typeof movementTypes)[number]

/** A change of a product's stock. */
export interface Movement {
  readonly productId: number
  readonly quantityChange: number
  readonly type: MovementType
  readonly referenceId: string | null
  readonly notes: string | null
  /** Whose command moved it; null for a movement by hand. */
  readonly orderId: string | null
  readonly stockAfter: number
}

/** Goods of a purchase come in, and those that are sold or damaged leave; returns and corrections go both ways. */
export const requiredSign: Readonly<Partial<Record<MovementType, 1 | -1>>> = {
  purchase: 1,
  sale: -1,
  damage: -1,
}

/** `reserved`: fewer units would be left than are set aside. */
export type StockChange = { readonly outcome: 'changed'; readonly stock: number } | Refused
type Refused = { readonly outcome: 'reserved' | 'tooMany'; readonly available: number }

/** Decides about a change of the stock by hand. */
export function changeStock(product: Pick<Product, 'stock' | 'reserved'>, change: number): StockChange {
  const stock = product.stock + change
  const available = availableOf(product)
  if (stock < product.reserved) return { outcome: 'reserved', available }
  if (stock > mostUnits) return { outcome: 'tooMany', available }
  return { outcome: 'changed', stock }
}
