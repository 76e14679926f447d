import { defineDatabase, type Grant, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { consoleEvents } from '../../systems/shop/topics.ts'

/** Of what operators did nothing can be deleted, and all that changes is how it goes on. */
const narrowApp: Grant = (role) => `
revoke update, delete on action from ${role};
grant update (ended_at, done, problem, total, progress, abort_asked_by) on action to ${role};
revoke update on sample from ${role};
revoke update, delete on session_key from ${role}`

/** What operators did by the console, and its charts. */
export const database = defineDatabase({
  name: 'console',
  uses: [outboxSchema],
  migrations: new URL('./migrations/', import.meta.url),
  narrowApp,
  topics: [consoleEvents, consoleEvents.deadLetters],
})

if (import.meta.main) await runMigration(database, process.env)
