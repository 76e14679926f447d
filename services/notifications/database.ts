import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, runMigration } from '@relevo/kit'
import { commissionsTopic } from '../../systems/commissions.ts'

/** What each channel has done with each event, and the lines on their way to files. */
export const database = defineDatabase({
  name: 'notifications',
  uses: [inboxSchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: [commissionsTopic, commissionsTopic.deadLetters],
})

if (import.meta.main) await runMigration(database, process.env)
