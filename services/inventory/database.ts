import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, idempotencySchema, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import {
  inventoryEvents,
  inventoryRequests,
  inventoryResponses,
  orderProcessedTopic,
} from '../../systems/shop/topics.ts'

const topics = [inventoryRequests, inventoryResponses, inventoryEvents, orderProcessedTopic]

/** Products, their stock, and what orders have of it. */
export const database = defineDatabase({
  name: 'inventory',
  uses: [outboxSchema, inboxSchema, idempotencySchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: topics.flatMap((topic) => [topic, topic.deadLetters]),
})

if (import.meta.main) await runMigration(database, process.env)
