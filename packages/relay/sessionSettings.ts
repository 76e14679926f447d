import type pg from 'pg'

/** A Postgres URL, or a function that returns the one for the next connection: its password may change. */
export type DatabaseUrl = string | (() => string)

export type SessionSettings = Readonly<Record<string, string>>

/**
 * Settings that the relay's sessions depend on, overriding those of database, role and connection string: times in ISO
 * format and UTC, read-write transactions with a snapshot per statement, and no time-outs but the relay's own.
 */
const everySession: SessionSettings = {
  datestyle: 'ISO',
  timezone: 'UTC',
  intervalstyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  array_nulls: 'on',
  search_path: 'pg_catalog',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  lock_timeout: '0',
  idle_session_timeout: '0',
  idle_in_transaction_session_timeout: '0',
}

/**
 * Adds these settings to the connection string, so that they hold from the session's start. They go into the string, after its
 * own, since node-postgres prefers it to separate options.
 */
export function withSettings(databaseUrl: DatabaseUrl, own: SessionSettings): string {
  const url = new URL(typeof databaseUrl === 'string' ? databaseUrl : databaseUrl())
  const options = Object.entries({ ...everySession, ...own }).map(
    ([name, setting]) => `-c ${name}=${setting.replaceAll(' ', '\\ ')}`,
  )
  url.searchParams.set('options', [url.searchParams.get('options') ?? '', ...options].join(' ').trim())
  return url.href
}

/** Postgres 16 and older refuse a session that sets it. */
const withoutTransactionTimeout = `
select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout'`

/** To be called on each session of {@link withSettings} when it is connected. Errors: pg's. */
export async function liftTransactionTimeout(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
  await client.query(withoutTransactionTimeout)
}
