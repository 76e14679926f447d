import type { SqlClient } from '@relevo/kit'
import type { Product } from '../domain/product.ts'
import { type ProductRow, productColumns, toProduct } from './productRow.ts'

// Every transaction locks products in the order of their ids, so that two never wait for each other.
const lockSql = `
select ${productColumns} from product
where id = any($1::integer[]) or sku = any($2::text[])
order by id for no key update`

/** The products of these numbers and SKUs, locked until the transaction ends. */
export async function lockProducts(
  client: SqlClient,
  ids: readonly number[],
  skus: readonly string[] = [],
): Promise<Product[]> {
  const { rows } = await client.query<ProductRow>({
    name: 'lock_products',
    text: lockSql,
    values: [ids, skus],
  })
  return rows.map(toProduct)
}

/** A product by its number or SKU, locked until the transaction ends. */
export async function lockProduct(client: SqlClient, id: number | string): Promise<Product | undefined> {
  const [product] =
    typeof id === 'number' ? await lockProducts(client, [id]) : await lockProducts(client, [], [id])
  return product
}
