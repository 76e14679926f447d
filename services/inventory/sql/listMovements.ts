import type { SqlClient } from '@relevo/kit'
import type { QueryResultRow } from 'pg'
import type { MovementType } from '../domain/movement.ts'

export const movementColumns =
  'id::float8, product_id, quantity_change, movement_type, reference_id, notes, stock_after, created_at'

const listSql = `
select ${movementColumns} from movement
where product_id = $1 and ($2::bigint is null or id < $2)
order by movement.id desc limit $3`

/** As the API shows it. */
export interface MovementRow extends QueryResultRow {
  readonly id: number
  readonly product_id: number
  readonly quantity_change: number
  readonly movement_type: MovementType
  readonly reference_id: string | null
  readonly notes: string | null
  readonly stock_after: number
  readonly created_at: Date
}

/** The movements of a product below `before`, the newest first. */
export async function listMovements(
  client: SqlClient,
  productId: number,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<MovementRow[]> {
  const values = [productId, before ?? null, limit]
  const { rows } = await client.query<MovementRow>({ name: 'list_movements', text: listSql, values })
  return rows
}
