import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import type { Product } from '../domain/product.ts'
import { draftProductEvents } from '../events.ts'
import { lockProduct } from '../sql/lockProducts.ts'
import { updateProduct as update } from '../sql/saveProduct.ts'

/** What is to be changed; what is undefined stays. */
export interface ProductChanges {
  readonly name: string | undefined
  readonly description: string | undefined
  readonly priceMinor: bigint | undefined
  readonly minStock: number | undefined
  /** The version that is changed; undefined: whichever it is. */
  readonly version: number | undefined
}

/** `stale`: the product has another version, which is `product`. */
export interface Updated {
  readonly outcome: 'updated' | 'stale'
  readonly product: Product
}

/**
 * Changes what describes a product, in the caller's transaction; undefined when there is none.
 * @throws OutboxError when the outbox is not there; pg's errors.
 */
export async function updateProduct(
  client: pg.PoolClient,
  id: number | string,
  { version, ...changes }: ProductChanges,
  currency: string,
): Promise<Updated | undefined> {
  const before = await lockProduct(client, id)
  if (!before) return undefined
  if (version !== undefined && version !== before.version) return { outcome: 'stale', product: before }
  const product = await update(client, {
    ...before,
    name: changes.name ?? before.name,
    description: changes.description ?? before.description,
    priceMinor: changes.priceMinor ?? before.priceMinor,
    minStock: changes.minStock ?? before.minStock,
  })
  await enqueue(client, draftProductEvents('updated', before, product, currency))
  return { outcome: 'updated', product }
}
