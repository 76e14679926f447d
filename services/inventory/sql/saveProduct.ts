import type { SqlClient } from '@relevo/kit'
import type { Product } from '../domain/product.ts'
import { type ProductRow, productColumns, toProduct } from './productRow.ts'

const insertSql = `
insert into product (sku, name, description, price_minor, stock_quantity, min_stock_level)
values ($1, $2, $3, $4, $5, $6)
on conflict (sku) do nothing
returning ${productColumns}`

const updateSql = `
update product set name = $2, description = $3, price_minor = $4, min_stock_level = $5,
  version = version + 1, updated_at = now()
where id = $1
returning ${productColumns}`

export type NewProduct = Pick<Product, 'sku' | 'name' | 'description' | 'priceMinor' | 'stock' | 'minStock'>

/** Undefined when another product has the SKU. */
export async function insertProduct(client: SqlClient, product: NewProduct): Promise<Product | undefined> {
  const { sku, name, description, priceMinor, stock, minStock } = product
  const values = [sku, name, description, priceMinor, stock, minStock]
  const { rows } = await client.query<ProductRow>({ name: 'insert_product', text: insertSql, values })
  return rows[0] && toProduct(rows[0])
}

/** Changes what describes a product that this transaction has locked. */
export async function updateProduct(
  client: SqlClient,
  { id, name, description, priceMinor, minStock }: Product,
): Promise<Product> {
  const values = [id, name, description, priceMinor, minStock]
  const { rows } = await client.query<ProductRow>({ name: 'update_product', text: updateSql, values })
  const [row] = rows
  if (!row) throw new Error(`Product ${id}, which is locked, is gone; products are never deleted`)
  return toProduct(row)
}
