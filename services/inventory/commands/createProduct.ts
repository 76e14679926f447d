import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import type { Product } from '../domain/product.ts'
import { draftProductEvents } from '../events.ts'
import { insertMovements } from '../sql/insertMovements.ts'
import { insertProduct, type NewProduct } from '../sql/saveProduct.ts'

/**
 * Creates a product with its first stock, in the caller's transaction; undefined when another product has its SKU.
 * @throws OutboxError when the outbox is not there; pg's errors.
 */
export async function createProduct(
  client: pg.PoolClient,
  wanted: NewProduct,
  currency: string,
): Promise<Product | undefined> {
  const product = await insertProduct(client, wanted)
  if (!product) return undefined
  if (product.stock > 0) await insertMovements(client, [firstMovement(product)])
  await enqueue(client, draftProductEvents('created', undefined, product, currency))
  return product
}

function firstMovement({ id, stock }: Product) {
  const type = 'adjustment' as const
  return {
    productId: id,
    quantityChange: stock,
    type,
    orderId: null,
    referenceId: null,
    notes: 'First stock',
    stockAfter: stock,
  }
}
