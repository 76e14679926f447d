import { runMigration } from '@relevo/kit'
import { messagesDatabase } from '../../systems/databases/messages.ts'

/** The database of the system, which is migrated from here. */
export const database = messagesDatabase

if (import.meta.main) await runMigration(database, process.env)
