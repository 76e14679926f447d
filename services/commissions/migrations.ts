import type { MigrationSet } from '@relevo/kit'
import { outboxMigrations } from '@relevo/outbox'

/** The schema of the commissions' database, in the order in which its parts build on each other. */
export const migrations: MigrationSet[] = [
  outboxMigrations,
  { name: 'commissions', directory: new URL('./migrations/', import.meta.url) },
]
