import { type DraftOptions, draftEvent, type EventContract, type EventDraft } from '@relevo/contracts'
import type { Origin } from '@relevo/inbox'
import * as contracts from '../../systems/shop/inventoryEvents.ts'
import * as replies from '../../systems/shop/inventoryReplies.ts'
import type { Decision } from './domain/command.ts'
import { availableOf, formatPrice, hasFallenLow, type Product } from './domain/product.ts'
import type { Refusal, Shortage } from './domain/reservation.ts'

/** Commands are taken together: each event names its own. Without one it follows from the request in hand. */
function following(origin: Origin | undefined): DraftOptions {
  return origin === undefined ? {} : { headers: origin }
}

function stockOf(product: Product) {
  return {
    stock_quantity: product.stock,
    reserved_quantity: product.reserved,
    available_quantity: availableOf(product),
    min_stock_level: product.minStock,
  }
}

/** The event of a product that was created or updated, and the one that says it is low. */
export function draftProductEvents(
  kind: 'created' | 'updated',
  before: Product | undefined,
  after: Product,
  currency: string,
): EventDraft[] {
  const { id, sku, name, description, version } = after
  const price = { amount: formatPrice(after), currency }
  const payload = { product_id: id, sku, name, description, price, ...stockOf(after), version }
  const contract = kind === 'created' ? contracts.productCreated : contracts.productUpdated
  return [draftEvent(contract, payload), ...draftLowStock(before, after)]
}

/** The events of a product whose numbers have changed; where several orders have changed them, they follow from the last. */
export function draftStockEvents(before: Product | undefined, after: Product, origin?: Origin): EventDraft[] {
  const payload = { product_id: after.id, sku: after.sku, ...stockOf(after) }
  const changed = draftEvent(contracts.stockChanged, payload, following(origin))
  return [changed, ...draftLowStock(before, after, origin)]
}

function draftLowStock(before: Product | undefined, after: Product, origin?: Origin): EventDraft[] {
  if (!hasFallenLow(before, after)) return []
  const { id, sku, name, minStock } = after
  const level = { available_quantity: availableOf(after), min_stock_level: minStock }
  return [draftEvent(contracts.lowStock, { product_id: id, sku, name, ...level }, following(origin))]
}

/** The parts of an answer. */
interface AnswerContext {
  readonly currency: string
  readonly products: ReadonlyMap<number, Product>
}

/** The reply to a command, and the public event about its order. */
export function draftReplies(
  { command, answer, processed }: Decision,
  context: AnswerContext,
  items: Decision['command']['items'],
): EventDraft[] {
  const { sagaId: saga_id, step, attempt, orderId: order_id } = command
  const options = following(command.origin)
  const payload = { saga_id, step, attempt, order_id, ...answerFields(answer, context) }
  const reply = draftEvent(contractOf(answer.type), payload, options)
  if (!processed) return [reply]
  const news = { order_id, ...processed, items: [...(items ?? [])] }
  return [reply, draftEvent(contracts.orderProcessed, news, options)]
}

function contractOf(type: Decision['answer']['type']): EventContract {
  const contract = replies.inventoryReplies.find((each) => each.type === type)
  if (!contract) throw new Error(`There is no contract of ${type}`)
  return contract as EventContract
}

function answerFields(answer: Decision['answer'], { products, currency }: AnswerContext): object {
  if (answer.type === 'INSUFFICIENT_STOCK') return { shortages: answer.shortages.map(toShortage) }
  if (answer.type === 'REJECTED') return rejectionFields(answer, currency)
  if (answer.type !== 'RESERVED') return {}
  const items = answer.lines.map(({ productId: product_id, quantity }) => {
    const { sku = null, name = '' } = products.get(product_id) ?? {}
    return { product_id, sku, name, quantity }
  })
  return { items }
}

function rejectionFields(
  { reason, items, shortages }: Extract<Refusal, { type: 'REJECTED' }>,
  currency: string,
): object {
  const named = items?.map(({ product_id, price }) => ({
    product_id,
    ...(price !== undefined && { unit_price: { amount: price, currency } }),
  }))
  return {
    reason,
    ...(named && { items: named }),
    ...(shortages && { shortages: shortages.map(toShortage) }),
  }
}

function toShortage({ productId, requested, available }: Shortage) {
  return { product_id: productId, requested, available }
}
