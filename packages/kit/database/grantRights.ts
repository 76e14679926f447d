import pg from 'pg'
import type { Logger } from '../process/logger.ts'
import { createPool } from './createPool.ts'
import type { DatabaseUrl } from './databaseUrl.ts'
import { inTransaction } from './inTransaction.ts'

/** Roles of the database by what they do. Those that are not named have their rights already. */
export interface Roles {
  /** What the services log in as: it uses the tables and cannot change the schema. */
  app?: string | undefined
  /** What the relay logs in as: it moves the outbox's cursors, and sees nothing else. */
  relay?: string | undefined
}

/** The SQL that gives a role its rights; the role is a quoted identifier. */
export type Grant = (role: string) => string

/** What each role gets. */
export interface Grants {
  app: readonly Grant[]
  relay: readonly Grant[]
}

/**
 * Gives the roles their rights on the migrated database, as the owner of its schema; what they have already is no
 * error. Opens a connection of its own and closes it.
 * @throws pg's errors, for example when a role is not there.
 */
export async function grantRights(
  databaseUrl: DatabaseUrl,
  roles: Roles,
  grants: Grants,
  logger: Logger,
): Promise<void> {
  const { app, relay } = roles
  if (!app && !relay) return
  const pool = createPool({ databaseUrl, name: 'relevo migrate', size: 1, logger })
  try {
    await inTransaction(pool, async (client) => {
      await client.query(oneAtATime)
      await client.query(admitOnly([app, relay].flatMap((role) => role || [])))
      if (relay) await grantAll(client, grants.relay, relay)
      if (app) await grantAll(client, grants.app, app)
    })
  } finally {
    await pool.end()
  }
  logger.info({ roles }, 'rights granted')
}

/** Two that grant at once fail with "tuple concurrently updated". */
const oneAtATime = 'select pg_advisory_xact_lock(1919247995, 0)'

/**
 * Anyone who can connect can take advisory locks, and could block all writers of an outbox with them. So a database owned by
 * the migrating role admits only its own roles; one with another owner is left as it is.
 */
const admitOnly = (roles: readonly string[]) => `
do $do$
begin
  if (select datdba from pg_database where datname = current_database()) = current_user::regrole then
    execute format('revoke connect, temporary on database %I from public', current_database());
    execute format('grant connect on database %I to %s', current_database(), $roles$${roles.map(pg.escapeIdentifier).join(', ')}$roles$);
  end if;
end
$do$`

async function grantAll(client: pg.PoolClient, grants: readonly Grant[], role: string): Promise<void> {
  for (const grant of [grantMigrations, ...grants]) await client.query(grant(pg.escapeIdentifier(role)))
}

/** Lets a role look at start whether the database is up to date. */
const grantMigrations: Grant = (role) => `grant select on public.relevo_migration to ${role}`

/** Lets a role use the tables and sequences of the schema `public`, but not change what has been migrated. */
export const grantTablesToApp: Grant = (role) => `
grant usage on schema public to ${role};
grant select, insert, update, delete on all tables in schema public to ${role};
grant usage on all sequences in schema public to ${role};
revoke insert, update, delete on public.relevo_migration from ${role};
alter default privileges in schema public grant select, insert, update, delete on tables to ${role};
alter default privileges in schema public grant usage on sequences to ${role}`
