import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { paymentsEvents, paymentsRequests, paymentsResponses } from '../../systems/shop/topics.ts'

const topics = [paymentsRequests, paymentsResponses, paymentsEvents]

/** What orders are charged, and what was given back. */
export const database = defineDatabase({
  name: 'payments',
  uses: [outboxSchema, inboxSchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: topics.flatMap((topic) => [topic, topic.deadLetters]),
})

if (import.meta.main) await runMigration(database, process.env)
