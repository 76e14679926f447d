import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, runMigration } from '@relevo/kit'
import { consumedTopics } from './config.ts'

/** What events add to the windows, and the reports of those. */
export const database = defineDatabase({
  name: 'analytics',
  uses: [inboxSchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: consumedTopics.flatMap((topic) => [topic, topic.deadLetters]),
})

if (import.meta.main) await runMigration(database, process.env)
