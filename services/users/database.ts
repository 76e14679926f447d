import { eventStoreSchema } from '@relevo/event-store'
import { defineDatabase, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { usersTopics } from '../../systems/users/topics.ts'

/** Accounts by their events, what belongs to them and is no event, and the keys. */
export const database = defineDatabase({
  name: 'users',
  uses: [outboxSchema, eventStoreSchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: usersTopics.flatMap((topic) => [topic, topic.deadLetters]),
})

if (import.meta.main) await runMigration(database, process.env)
