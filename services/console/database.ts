import { defineDatabase, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { consoleEvents } from '../../systems/shop/topics.ts'

/** What operators did by the console. */
export const database = defineDatabase({
  name: 'console',
  uses: [outboxSchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: [consoleEvents, consoleEvents.deadLetters],
})

if (import.meta.main) await runMigration(database, process.env)
