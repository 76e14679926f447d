import type { SqlClient } from '@relevo/kit'
import type { Product } from '../domain/product.ts'
import { type ProductRow, productColumns, toProduct } from './productRow.ts'

const listSql = `
select ${productColumns} from product
where ($1::integer is null or id < $1)
  and ($2::text is null or name ilike $2 or description ilike $2 or sku ilike $2)
order by id desc limit $3`

const lowSql = `
select ${productColumns} from product
where stock_quantity - reserved_quantity <= min_stock_level
order by stock_quantity - reserved_quantity - min_stock_level, id limit $1`

interface ProductQuery {
  /** In name, description or SKU, case-insensitively. */
  readonly search: string | undefined
  readonly before: number | undefined
  readonly limit: number
}

/** The products below the number `before`, the newest first. */
export async function listProducts(
  client: SqlClient,
  { search, before, limit }: ProductQuery,
): Promise<Product[]> {
  const values = [before ?? null, search === undefined ? null : `%${escapeLike(search)}%`, limit]
  const { rows } = await client.query<ProductRow>({ name: 'list_products', text: listSql, values })
  return rows.map(toProduct)
}

/** Products with no more available than their minimum, the scarcest first. */
export async function listLowStock(client: SqlClient, limit: number): Promise<Product[]> {
  const { rows } = await client.query<ProductRow>({ name: 'list_low_stock', text: lowSql, values: [limit] })
  return rows.map(toProduct)
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
