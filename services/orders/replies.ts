import { type InboxHandlers, inboxBatch } from '@relevo/inbox'
import type { Sagas } from '@relevo/saga'
import { inventoryReplies } from '../../systems/shop/inventoryReplies.ts'
import { paymentReplies } from '../../systems/shop/paymentReplies.ts'

const schemas = Object.fromEntries(
  [...inventoryReplies, ...paymentReplies].map(({ type, payload }) => [type, payload]),
)

/** What is done with replies: all of a transaction together, so that their sagas are locked in one order. */
export function replyHandlers(sagas: Pick<Sagas, 'take'>): InboxHandlers {
  return inboxBatch(schemas, (events, tx) => sagas.take(tx, events))
}
