import type { QueryResultRow } from 'pg'
import type { Product } from '../domain/product.ts'

export const productColumns = `id, sku, name, description, price_minor, stock_quantity, reserved_quantity,
  min_stock_level, version, created_at, updated_at`

export interface ProductRow extends QueryResultRow {
  readonly id: number
  readonly sku: string | null
  readonly name: string
  readonly description: string
  /** pg gives int8 as a text, which loses nothing. */
  readonly price_minor: string
  readonly stock_quantity: number
  readonly reserved_quantity: number
  readonly min_stock_level: number
  readonly version: number
  readonly created_at: Date
  readonly updated_at: Date
}

export function toProduct(row: ProductRow): Product {
  return {
    id: row.id,
    sku: row.sku,
    name: row.name,
    description: row.description,
    priceMinor: BigInt(row.price_minor),
    stock: row.stock_quantity,
    reserved: row.reserved_quantity,
    minStock: row.min_stock_level,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
