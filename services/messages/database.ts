import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, idempotencySchema, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { messagesTopic } from '../../systems/messages.ts'

/** The database of the system: what the API records, and what the message processor has taken. */
export const database = defineDatabase({
  name: 'messages',
  uses: [outboxSchema, inboxSchema, idempotencySchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: [messagesTopic, messagesTopic.deadLetters],
})

if (import.meta.main) await runMigration(database, process.env)
