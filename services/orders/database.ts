import { eventStoreSchema } from '@relevo/event-store'
import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, idempotencySchema, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { sagaSchema } from '@relevo/saga'
import {
  inventoryRequests,
  inventoryResponses,
  notificationsRequests,
  orderCreatedTopic,
  ordersEvents,
  paymentsRequests,
  paymentsResponses,
} from '../../systems/shop/topics.ts'

const topics = [
  ordersEvents,
  orderCreatedTopic,
  inventoryRequests,
  inventoryResponses,
  paymentsRequests,
  paymentsResponses,
  notificationsRequests,
]

/** Orders by their events, the sagas that carry them through, and the read models. */
export const database = defineDatabase({
  name: 'orders',
  uses: [outboxSchema, inboxSchema, eventStoreSchema, sagaSchema, idempotencySchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: topics.flatMap((topic) => [topic, topic.deadLetters]),
})

if (import.meta.main) await runMigration(database, process.env)
