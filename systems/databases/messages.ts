import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, idempotencySchema } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { messagesTopic } from '../messages.ts'

/**
 * The database that two services share: what the messages API records, and what the message processor has taken. Its
 * tables are the system's, and neither service's own.
 */
export const messagesDatabase = defineDatabase({
  name: 'messages',
  uses: [outboxSchema, inboxSchema, idempotencySchema],
  migrations: new URL('./messages/', import.meta.url),
  topics: [messagesTopic, messagesTopic.deadLetters],
})
