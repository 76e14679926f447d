import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { notificationsRequests } from '../../systems/shop/topics.ts'
import { consumedTopics } from './config.ts'

const topics = [...consumedTopics, notificationsRequests]

/** The services' health, alerts, and the problems reported by the shop's events. */
export const database = defineDatabase({
  name: 'monitor',
  uses: [outboxSchema, inboxSchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: topics.flatMap((topic) => [topic, topic.deadLetters]),
})

if (import.meta.main) await runMigration(database, process.env)
