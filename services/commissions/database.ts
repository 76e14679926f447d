import { defineDatabase, idempotencySchema, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { commissionsTopic } from '../../systems/commissions.ts'

/** The commissions and their events. */
export const database = defineDatabase({
  name: 'commissions',
  uses: [outboxSchema, idempotencySchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: [commissionsTopic, commissionsTopic.deadLetters],
})

if (import.meta.main) await runMigration(database, process.env)
