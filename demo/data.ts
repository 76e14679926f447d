import type { Product, Shop } from './shop.ts'

/** A product of the sample data. */
export interface Sample {
  readonly sku: string
  readonly name: string
  readonly description: string
  readonly price: number
  readonly stock_quantity: number
  readonly min_stock_level: number
}

/** Each by its SKU; the first two are those of the seed's orders. */
export const sampleProducts: readonly Sample[] = [
  sample('LAPTOP-001', 'Laptop', 'Portátil de 14 pulgadas', 999.99, 50, 10),
  sample('MOUSE-001', 'Mouse', 'Ratón inalámbrico', 29.99, 200, 20),
  sample('KEYBOARD-001', 'Teclado', 'Teclado mecánico', 79.99, 100, 15),
  sample('MONITOR-001', 'Monitor', 'Monitor de 27 pulgadas', 299.99, 30, 5),
  sample('HEADSET-001', 'Auriculares', 'Auriculares con micrófono', 59.9, 80, 10),
  sample('WEBCAM-001', 'Cámara', 'Cámara web de 1080p', 49.5, 12, 15),
]

function sample(
  sku: string,
  name: string,
  description: string,
  price: number,
  stock_quantity: number,
  min_stock_level: number,
): Sample {
  return { sku, name, description, price, stock_quantity, min_stock_level }
}

/** Creates the products that are not there. @returns a line for each. */
export async function fillIn(shop: Shop, samples: readonly Sample[]): Promise<string[]> {
  const lines: string[] = []
  for (const each of samples) {
    const found = await shop.findProduct(each.sku)
    const product = found ?? (await shop.createProduct(each))
    lines.push(
      `  ✅ ${product.sku.padEnd(14)}${describe(product).padEnd(40)}${found ? 'ya estaba' : 'creado'}`,
    )
  }
  return lines
}

function describe({ name, price, available_quantity }: Product): string {
  return `${name}, ${price.toFixed(2)}, ${available_quantity} disponibles`
}

/** A product with at least so many units, which are bought where they are not there. */
export async function withStock(shop: Shop, sku: string, units: number): Promise<Product> {
  const product = await productOf(shop, sku)
  if (product.available_quantity >= units) return product
  await shop.addStock(product, units - product.available_quantity)
  return productOf(shop, sku)
}

/** @throws Error when there is none. */
export async function productOf(shop: Shop, sku: string): Promise<Product> {
  const product = await shop.findProduct(sku)
  if (!product) throw new Error(`There is no product ${sku}.`)
  return product
}
