import type { SqlClient } from '@relevo/kit'
import type { Product } from '../domain/product.ts'

// One statement a batch, and in it one update a product. Rows of products that are locked: nobody else has changed them.
const updateSql = `
update product p set stock_quantity = c.stock, reserved_quantity = c.reserved, updated_at = now()
from unnest($1::integer[], $2::integer[], $3::integer[]) as c (id, stock, reserved)
where p.id = c.id`

/** Writes the numbers of products that this transaction has locked. */
export async function updateStock(
  client: SqlClient,
  products: readonly Pick<Product, 'id' | 'stock' | 'reserved'>[],
): Promise<void> {
  if (products.length === 0) return
  const values = [
    products.map(({ id }) => id),
    products.map(({ stock }) => stock),
    products.map(({ reserved }) => reserved),
  ]
  await client.query({ name: 'update_stock', text: updateSql, values })
}
