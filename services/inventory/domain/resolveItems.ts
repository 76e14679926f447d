import { parseUnits } from '@relevo/kit/exact'
import { type Draft, findProduct } from './draft.ts'
import { formatPrice, mostUnits, type Product, priceDecimals } from './product.ts'
import type { Line, OrderItem, Refusal } from './reservation.ts'

interface Resolved {
  readonly lines: readonly Line[]
}

interface Priced {
  readonly item: OrderItem
  readonly product: Product
}

/** The lines of an order by product, each product once and in the order of their numbers; or why there are none. */
export function resolveItems(
  draft: Draft,
  items: readonly OrderItem[],
  checkPrices: boolean,
): Resolved | Refusal {
  const found = items.map((item) => ({ item, product: findProduct(draft, item.product_id) }))
  const known = found.filter((each): each is Priced => each.product !== undefined)
  if (known.length < found.length) {
    const unknown = found.filter(({ product }) => !product).map(({ item }) => item.product_id)
    const named = [...new Set(unknown)].map((product_id) => ({ product_id }))
    return { type: 'REJECTED', reason: 'UNKNOWN_PRODUCT', items: named }
  }
  const changed = checkPrices ? known.filter((each) => !hasPrice(each, draft.currency)) : []
  if (changed.length > 0) return { type: 'REJECTED', reason: 'PRICE_CHANGED', items: rightPrices(changed) }
  return { lines: mergeLines(known) }
}

export function isRefusal(resolved: Resolved | Refusal): resolved is Refusal {
  return 'type' in resolved
}

function mergeLines(known: readonly Priced[]): Line[] {
  const quantities = new Map<number, number>()
  for (const { item, product } of known)
    quantities.set(product.id, (quantities.get(product.id) ?? 0) + item.quantity)
  return [...quantities]
    .map(([productId, quantity]) => ({ productId, quantity }))
    .sort((a, b) => a.productId - b.productId)
}

function hasPrice({ item: { unit_price }, product }: Priced, currency: string): boolean {
  const minor = parseUnits(unit_price.amount, priceDecimals)
  return minor === product.priceMinor && unit_price.currency === currency
}

function rightPrices(changed: readonly Priced[]) {
  const byProduct = new Map(changed.map(({ product }) => [product.id, product]))
  return [...byProduct.values()].map((product) => ({ product_id: product.id, price: formatPrice(product) }))
}

/** Whether a product would have more units than the inventory counts. */
export function exceedsLimit(draft: Draft, lines: readonly Line[]): boolean {
  return lines.some((line) => (draft.products.get(line.productId)?.stock ?? 0) + line.quantity > mostUnits)
}
