import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { notificationsRequests } from '../../systems/shop/topics.ts'
import { consumedTopics } from './config.ts'

const topics = [...consumedTopics, notificationsRequests]

/** How services stood, alerts, and what the events of the shop tell of what is wrong. */
export const database = defineDatabase({
  name: 'monitor',
  uses: [outboxSchema, inboxSchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: topics.flatMap((topic) => [topic, topic.deadLetters]),
})

if (import.meta.main) await runMigration(database, process.env)
