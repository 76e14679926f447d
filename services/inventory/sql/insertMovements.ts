import type { SqlClient } from '@relevo/kit'
import type { Movement } from '../domain/movement.ts'
import { type MovementRow, movementColumns } from './listMovements.ts'

const insertSql = `
insert into movement (product_id, quantity_change, movement_type, reference_id, notes, order_id, stock_after)
select * from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::uuid[],
  $7::integer[])
returning ${movementColumns}`

/** Notes changes of the stock, in the order given. */
export async function insertMovements(
  client: SqlClient,
  movements: readonly Movement[],
): Promise<MovementRow[]> {
  if (movements.length === 0) return []
  const values = [
    movements.map(({ productId }) => productId),
    movements.map(({ quantityChange }) => quantityChange),
    movements.map(({ type }) => type),
    movements.map(({ referenceId }) => referenceId),
    movements.map(({ notes }) => notes),
    movements.map(({ orderId }) => orderId),
    movements.map(({ stockAfter }) => stockAfter),
  ]
  const { rows } = await client.query<MovementRow>({ name: 'insert_movements', text: insertSql, values })
  return rows
}
