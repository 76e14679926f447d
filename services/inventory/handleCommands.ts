import type { InboxEventOf, InboxTransaction } from '@relevo/inbox'
import { type InboxHandlers, inboxBatch, originOf, together } from '@relevo/inbox'
import { type Logger, lockKeys } from '@relevo/kit'
import { enqueue } from '@relevo/outbox'
import * as contracts from '../../systems/shop/inventoryCommands.ts'
import type { Command, Decision } from './domain/command.ts'
import { type Decided, decideBatch } from './domain/decide.ts'
import type { Product } from './domain/product.ts'
import { draftReplies, draftStockEvents } from './events.ts'
import { insertMovements } from './sql/insertMovements.ts'
import { listReservations } from './sql/listReservations.ts'
import { lockProducts } from './sql/lockProducts.ts'
import { saveReservations } from './sql/saveReservations.ts'
import { updateStock } from './sql/updateStock.ts'

const schemas = {
  RESERVE: contracts.reserve.payload,
  RELEASE: contracts.release.payload,
  COMMIT: contracts.commit.payload,
  RECEIVE: contracts.receive.payload,
  RETURN: contracts.giveBack.payload,
}

export type CommandEvent = InboxEventOf<typeof schemas>

interface Settings {
  /** The shop's. */
  readonly currency: string
  readonly logger: Pick<Logger, 'info' | 'warn'>
}

/** What is done with the commands of orders: all of a transaction together. */
export function commandHandlers(settings: Settings): InboxHandlers {
  return inboxBatch(schemas, async (events, tx) => {
    const decided = await takeCommands(tx, events.map(toCommand), settings.currency)
    for (const decision of decided.decisions) log(decision, settings.logger)
  })
}

function toCommand(event: CommandEvent): Command {
  const { type, data } = event
  const { saga_id: sagaId, step, attempt, order_id: orderId } = data
  return {
    type,
    sagaId,
    step,
    attempt,
    orderId: orderId.toLowerCase(),
    items: 'items' in data ? data.items : undefined,
    reason: 'reason' in data ? data.reason : undefined,
    origin: originOf(event),
  }
}

/**
 * Decides a batch of commands and stores what comes of it. The rows are read with their locks as late, and each is
 * written once: a product that every order wants is locked for as long as that takes, whatever the number of orders.
 * @throws the errors of `tx`.
 */
export async function takeCommands(
  tx: InboxTransaction,
  commands: readonly Command[],
  currency: string,
): Promise<Decided> {
  const orderIds = [...new Set(commands.map(({ orderId }) => orderId))]
  const [, reservations] = await together(tx, [
    () => lockKeys(tx, orderIds),
    () => listReservations(tx, orderIds), // its snapshot is of when the locks are held
  ])
  const wanted = commands.flatMap(({ items = [] }) => items.map((item) => item.product_id))
  const known = reservations.flatMap(({ lines }) => lines.map(({ productId }) => productId))
  const numbers = [...new Set([...wanted.filter((id) => typeof id === 'number'), ...known])]
  const skus = [...new Set(wanted.filter((id) => typeof id === 'string'))]
  const products = await lockProducts(tx, numbers.filter(isStorable), skus)
  const decided = decideBatch({ products, reservations, currency }, commands)
  await together(tx, [
    () => saveReservations(tx, decided.reservations),
    () => updateStock(tx, decided.products),
    () => insertMovements(tx, decided.movements),
    () => enqueue(tx, draftAll(decided, products, currency)),
  ])
  return decided
}

const mostProducts = 2 ** 31 - 1

function isStorable(id: number): boolean {
  return id <= mostProducts
}

/** In one list, so that the locks of the keys are taken in one order. */
function draftAll(decided: Decided, products: readonly Product[], currency: string) {
  const before = new Map(products.map((product) => [product.id, product]))
  const itemsOf = new Map(decided.all.map(({ orderId, items }) => [orderId, items ?? undefined]))
  return [
    ...decided.decisions.flatMap((decision) =>
      draftReplies(decision, { currency, products: before }, itemsOf.get(decision.command.orderId)),
    ),
    ...decided.products.flatMap((product) =>
      draftStockEvents(before.get(product.id), product, decided.changedBy.get(product.id)?.origin),
    ),
  ]
}

function log({ command: { orderId, type }, answer }: Decision, logger: Settings['logger']): void {
  const facts = { orderId, command: type }
  if (answer.type === 'RESERVED') logger.info(facts, `✅ Inventory reserved for order ${orderId}`)
  else if (answer.type === 'INSUFFICIENT_STOCK')
    logger.warn({ ...facts, shortages: answer.shortages }, `⚠️ Insufficient inventory for order ${orderId}`)
  else if (answer.type === 'REJECTED')
    logger.warn({ ...facts, reason: answer.reason }, `⚠️ Inventory rejects a command of order ${orderId}`)
}
