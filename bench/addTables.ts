import { inboxMigrations } from '@relevo/inbox'
import { createLogger, idempotencySchema, type MigrationSet, migrate } from '@relevo/kit'
import type { BenchOutbox } from './testBed.ts'

/** Puts the tables of an inbox beside those of the outbox. */
export function migrateInbox(outbox: BenchOutbox): Promise<void> {
  return add(outbox, [inboxMigrations])
}

const inventory = {
  name: 'inventory',
  directory: new URL('../services/inventory/migrations/', import.meta.url),
}

/** Puts the tables of the inventory beside those of the outbox. */
export function migrateInventory(outbox: BenchOutbox): Promise<void> {
  return add(outbox, [inboxMigrations, idempotencySchema.migrations, inventory])
}

async function add({ url }: BenchOutbox, sets: readonly MigrationSet[]): Promise<void> {
  await migrate(url, sets, createLogger('bench', 'warn'))
}
