import { formatUnits } from '@relevo/kit/exact'

/** Hundredths: the shop's amounts have two decimals. */
export const priceDecimals = 2

export const mostUnits = 1_000_000_000

/** A product with its stock, as its row has it. */
export interface Product {
  readonly id: number
  readonly sku: string | null
  readonly name: string
  readonly description: string
  readonly priceMinor: bigint
  readonly stock: number
  /** Set aside for orders: never above the stock. */
  readonly reserved: number
  readonly minStock: number
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

export function availableOf({ stock, reserved }: Pick<Product, 'stock' | 'reserved'>): number {
  return stock - reserved
}

/** The price in major units, `99.99`. */
export function formatPrice({ priceMinor }: Pick<Product, 'priceMinor'>): string {
  return formatUnits(priceMinor, priceDecimals)
}

type Level = Pick<Product, 'stock' | 'reserved' | 'minStock'>

export function isLow(product: Level): boolean {
  return availableOf(product) <= product.minStock
}

/** Whether a change took the product to its minimum from above; undefined before: it is new. */
export function hasFallenLow(before: Level | undefined, after: Level): boolean {
  return isLow(after) && !(before && isLow(before))
}
