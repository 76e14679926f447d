// What the database is put together from. node database.ts makes the tables and topics, or brings them up to date.
import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, idempotencySchema, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { ordersTopic } from './events.ts'

export const database = defineDatabase({
  name: 'orders',
  uses: [outboxSchema, inboxSchema, idempotencySchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: [ordersTopic, ordersTopic.deadLetters],
})

if (import.meta.main) await runMigration(database, process.env)
