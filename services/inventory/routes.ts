import { type Call, type Handlers, inTransaction, type Reply, ServiceError, toPage } from '@relevo/kit'
import type { consumerEndpoints } from '@relevo/kit/consumer'
import { exactNumber } from '@relevo/kit/exact'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import { changeStock } from './commands/changeStock.ts'
import { createProduct } from './commands/createProduct.ts'
import { updateProduct } from './commands/updateProduct.ts'
import { availableOf, formatPrice, mostUnits, type Product } from './domain/product.ts'
import { findProduct } from './sql/findProduct.ts'
import { listMovements } from './sql/listMovements.ts'
import { listLowStock, listProducts } from './sql/listProducts.ts'

const lowStockLimit = 1_000

export interface InventoryParts {
  readonly pool: pg.Pool
  /** The shop's. */
  readonly currency: string
}

type Own = Exclude<keyof Endpoints, keyof ReturnType<typeof consumerEndpoints>>

export function createHandlers(parts: InventoryParts): Pick<Handlers<Endpoints>, Own> {
  const { pool } = parts
  return {
    listProducts: async ({ query: { search, cursor, limit } }) => {
      const found = await listProducts(pool, { search, before: cursor, limit: limit + 1 })
      return { body: toPage('products', found.map(toAnswer), { limit }) }
    },
    listLowStock: async () => {
      const products = (await listLowStock(pool, lowStockLimit)).map(toAnswer)
      return { body: { count: products.length, products } }
    },
    getProduct: async ({ params: { id } }) => ({ body: toAnswer(await requireProduct(pool, id)) }),
    listMovements: async ({ params, query: { cursor, limit } }) => {
      const { id } = await requireProduct(pool, params.id)
      const movements = await listMovements(pool, id, { before: cursor, limit: limit + 1 })
      return { body: toPage('movements', movements, { limit }) }
    },
    createProduct: (call, client) => create(client, parts, call),
    updateProduct: (call) => inTransaction(pool, (client) => update(client, parts, call)),
    changeStock: (call, client) => change(client, call),
  }
}

async function requireProduct(pool: pg.Pool, id: number | string): Promise<Product> {
  return (await findProduct(pool, id)) ?? unknown(id)
}

function unknown(id: number | string): never {
  throw new ServiceError('notFound', `There is no product ${id}.`)
}

async function create(
  client: pg.PoolClient,
  { currency }: InventoryParts,
  { body }: Call<Endpoints['createProduct']>,
): Promise<Reply> {
  const { sku = null, name, description = '', price, stock_quantity = 0, min_stock_level = 0 } = body
  const wanted = {
    sku,
    name,
    description,
    priceMinor: price,
    stock: stock_quantity,
    minStock: min_stock_level,
  }
  const product = await createProduct(client, wanted, currency)
  if (!product) throw new ServiceError('conflict', `Another product has the SKU ${sku}.`)
  return { status: 201, headers: { location: `/products/${product.id}` }, body: toAnswer(product) }
}

async function update(
  client: pg.PoolClient,
  { currency }: InventoryParts,
  { params: { id }, body }: Call<Endpoints['updateProduct']>,
): Promise<Reply> {
  const { name, description, price: priceMinor, min_stock_level: minStock, version } = body
  const changes = { name, description, priceMinor, minStock, version }
  const { outcome, product } = (await updateProduct(client, id, changes, currency)) ?? unknown(id)
  if (outcome === 'updated') return { body: toAnswer(product) }
  throw new ServiceError(
    'conflict',
    `Product ${id} has version ${product.version} by now. Read it again, and change that version.`,
  )
}

async function change(
  client: pg.PoolClient,
  { params: { id }, body }: Call<Endpoints['changeStock']>,
): Promise<Reply> {
  const wanted = {
    quantityChange: body.quantity_change,
    type: body.movement_type,
    referenceId: body.reference_id ?? null,
    notes: body.notes ?? null,
  }
  const changed = (await changeStock(client, id, wanted)) ?? unknown(id)
  if (changed.outcome === 'changed')
    return { body: { product: toAnswer(changed.product), movement: changed.movement } }
  const { available, product } = changed
  const reason =
    changed.outcome === 'tooMany'
      ? `It has ${product.stock}, and may have ${mostUnits} at most.`
      : `${available} are available, and ${product.reserved} are reserved for orders.`
  throw new ServiceError('conflict', `The stock of product ${id} cannot be changed so. ${reason}`)
}

function toAnswer(product: Product) {
  return {
    id: product.id,
    sku: product.sku,
    name: product.name,
    description: product.description,
    price: exactNumber(formatPrice(product)),
    stock_quantity: product.stock,
    reserved_quantity: product.reserved,
    available_quantity: availableOf(product),
    min_stock_level: product.minStock,
    version: product.version,
    created_at: product.createdAt,
    updated_at: product.updatedAt,
  }
}
