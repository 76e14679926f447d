import type { SqlClient } from '@relevo/kit'
import type { Product } from '../domain/product.ts'
import { type ProductRow, productColumns, toProduct } from './productRow.ts'

const findSql = `select ${productColumns} from product where id = $1::integer or sku = $2::text`

/** A product by its number or its SKU. */
export async function findProduct(client: SqlClient, id: number | string): Promise<Product | undefined> {
  const values = typeof id === 'number' ? [id, null] : [null, id]
  const { rows } = await client.query<ProductRow>({ name: 'find_product', text: findSql, values })
  return rows[0] && toProduct(rows[0])
}
