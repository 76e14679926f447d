/**
 * What has been applied, of every component. Roles get the right to read it together with their other rights: a service that can read
 * it, and finds everything applied, has them all.
 */
export const createMigrationTable = `
create table if not exists public.relevo_migration (
  component text not null,
  number integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (component, number)
)`

export const readApplied = 'select component, number, checksum from public.relevo_migration'

export interface AppliedRow {
  component: string
  number: number
  checksum: string
}

export const recordMigration = `
insert into public.relevo_migration (component, number, name, checksum) values ($1, $2, $3, $4)`

/** One migration at a time in a database; the lock ends with the session. */
export const tryMigrationLock = 'select pg_try_advisory_lock(1919248000, 0) as locked'
