import type { SqlClient } from '@relevo/kit'
import type { QueryResultRow } from 'pg'

const listSql = `
with recursive product as (
  (select product_id from contribution where stock is not null and ($1::bigint is null or product_id < $1)
    order by product_id desc limit 1)
  union all
  select (select c.product_id from contribution c where c.stock is not null and c.product_id < p.product_id
    order by c.product_id desc limit 1)
  from product p where p.product_id is not null
)
select p.product_id::float8 as product_id, l.* from (select product_id from product limit $2) p
cross join lateral (
  select sku, stock::float8 as stock_quantity, reserved::float8 as reserved_quantity,
    (stock - reserved)::float8 as available_quantity, min_stock::float8 as min_stock_level, at as changed_at
  from contribution c where c.stock is not null and c.product_id = p.product_id
  order by at desc, outbox_id desc, event_id desc limit 1
) l
order by product_id desc`

/** The stock of a product by its latest event. */
export interface StockRow extends QueryResultRow {
  readonly product_id: number
  readonly sku: string | null
  readonly stock_quantity: number
  readonly reserved_quantity: number
  readonly available_quantity: number
  readonly min_stock_level: number
  readonly changed_at: Date
}

/** The stocks of products below a number, the highest first. */
export async function listStock(
  client: SqlClient,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<StockRow[]> {
  const query = { name: 'list_stock', text: listSql, values: [before ?? null, limit] }
  return (await client.query<StockRow>(query)).rows
}
