import type { Command } from './command.ts'
import type { Movement, MovementType } from './movement.ts'
import type { Product } from './product.ts'
import type { Line, Reservation } from './reservation.ts'

/** What a batch of commands is decided on: the rows that it has locked. */
export interface Stocked {
  readonly products: readonly Product[]
  readonly reservations: readonly Reservation[]
  /** The shop's. */
  readonly currency: string
}

/** The locked rows while one command after the other is decided: each sees what those before it have left. */
export interface Draft {
  readonly currency: string
  readonly products: Map<number, Product>
  readonly numbers: ReadonlyMap<string, number>
  readonly reservations: Map<string, Reservation>
  readonly movements: Movement[]
  /** The last command that has changed the numbers of a product. */
  readonly changedBy: Map<number, Command>
  /** The one that is being decided. */
  command?: Command
}

export function startDraft({ products, reservations, currency }: Stocked): Draft {
  const skus = products.flatMap(({ id, sku }): [string, number][] => (sku === null ? [] : [[sku, id]]))
  return {
    currency,
    products: new Map(products.map((product) => [product.id, product])),
    numbers: new Map(skus),
    reservations: new Map(reservations.map((reservation) => [reservation.orderId, reservation])),
    movements: [],
    changedBy: new Map(),
  }
}

/** A product by its number or SKU. */
export function findProduct({ products, numbers }: Draft, id: number | string): Product | undefined {
  const number = typeof id === 'number' ? id : numbers.get(id)
  return number === undefined ? undefined : products.get(number)
}

/** @throws Error: the rows of a reservation's lines are locked with it. */
export function productOf({ products }: Draft, { productId }: Line): Product {
  const product = products.get(productId)
  if (!product) throw new Error(`Product ${productId} of a reservation was not read`)
  return product
}

/** Reserves units, or with a negative number gives them free. */
export function addReserved(draft: Draft, lines: readonly Line[], sign: 1 | -1): void {
  for (const line of lines) {
    const product = productOf(draft, line)
    change(draft, { ...product, reserved: product.reserved + sign * line.quantity })
  }
}

/** Moves units into the stock or out of it, with a movement for each product. */
export function moveStock(
  draft: Draft,
  { orderId, lines }: Pick<Reservation, 'orderId' | 'lines'>,
  type: MovementType,
  sign: 1 | -1,
): void {
  for (const line of lines) {
    const product = productOf(draft, line)
    const quantityChange = sign * line.quantity
    const stock = product.stock + quantityChange
    change(draft, { ...product, stock })
    const movement = {
      productId: product.id,
      quantityChange,
      type,
      orderId,
      referenceId: orderId,
      notes: null,
    }
    draft.movements.push({ ...movement, stockAfter: stock })
  }
}

function change(draft: Draft, product: Product): void {
  draft.products.set(product.id, product)
  if (draft.command) draft.changedBy.set(product.id, draft.command)
}

/** Notes what the order has come to. */
export function keep(draft: Draft, reservation: Reservation): void {
  draft.reservations.set(reservation.orderId, reservation)
}

/** What is left of an order that was undone before it was done. */
export function leaveTombstone(draft: Draft, { orderId }: Command, kind: Reservation['kind']): void {
  const state = kind === 'sell' ? 'released' : 'returned'
  keep(draft, { orderId, kind, state, items: null, lines: [], refusal: null })
}
