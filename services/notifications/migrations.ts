import { inboxMigrations } from '@relevo/inbox'
import type { MigrationSet } from '@relevo/kit'

/** What the service keeps: what each channel has done with each event, and the lines on their way to files. */
export const migrations: MigrationSet[] = [
  inboxMigrations,
  { name: 'notifications', directory: new URL('./migrations/', import.meta.url) },
]
