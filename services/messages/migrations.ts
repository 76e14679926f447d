import { inboxMigrations } from '@relevo/inbox'
import type { MigrationSet } from '@relevo/kit'
import { outboxMigrations } from '@relevo/outbox'

/** The schema of the system's database, in the order in which its parts build on each other. */
export const migrations: MigrationSet[] = [
  outboxMigrations,
  inboxMigrations,
  { name: 'messages', directory: new URL('./migrations/', import.meta.url) },
]
