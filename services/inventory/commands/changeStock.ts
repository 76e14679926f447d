import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import { changeStock as decide, type Movement, type StockChange } from '../domain/movement.ts'
import type { Product } from '../domain/product.ts'
import { draftStockEvents } from '../events.ts'
import { insertMovements } from '../sql/insertMovements.ts'
import type { MovementRow } from '../sql/listMovements.ts'
import { lockProduct } from '../sql/lockProducts.ts'
import { updateStock } from '../sql/updateStock.ts'

export type WantedMovement = Pick<Movement, 'quantityChange' | 'type' | 'referenceId' | 'notes'>

export type ChangedStock =
  | { readonly outcome: 'changed'; readonly product: Product; readonly movement: MovementRow }
  | (Exclude<StockChange, { outcome: 'changed' }> & { readonly product: Product })

/**
 * Moves units by hand, in the caller's transaction; undefined when there is no such product.
 * @throws OutboxError when the outbox is not there; pg's errors.
 */
export async function changeStock(
  client: pg.PoolClient,
  id: number | string,
  wanted: WantedMovement,
): Promise<ChangedStock | undefined> {
  const before = await lockProduct(client, id)
  if (!before) return undefined
  const decided = decide(before, wanted.quantityChange)
  if (decided.outcome !== 'changed') return { ...decided, product: before }
  const product = { ...before, stock: decided.stock, updatedAt: new Date() }
  await updateStock(client, [product])
  const change = { ...wanted, productId: before.id, orderId: null, stockAfter: decided.stock }
  const [movement] = await insertMovements(client, [change])
  if (!movement) throw new Error('An insert that failed returned no error')
  await enqueue(client, draftStockEvents(before, product))
  return { outcome: 'changed', product, movement }
}
