import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../process/logger.ts'
import { ServiceError } from '../serviceError.ts'
import { isUnavailable } from './databaseErrors.ts'
import { currentUrl, type DatabaseUrl } from './databaseUrl.ts'
import { type Migration, type MigrationSet, readMigrations } from './migrationFiles.ts'
import { findPending, readAppliedRows } from './pendingMigrations.ts'
import { createMigrationTable, recordMigration, tryMigrationLock } from './sql/migrations.ts'

export interface MigrateOptions {
  /** How long to wait for a server that is not up yet, in milliseconds; default 60,000. */
  connectTimeoutMs?: number
  /** How long to wait for another migration to end, in milliseconds; default 60,000. */
  lockTimeoutMs?: number
}

const retryEveryMs = 500
const lockPollMs = 100
/** A migration that waits for a table's lock makes all later users of the table wait behind it. */
const tableLockTimeoutMs = 10_000

/**
 * Applies the migrations that the database does not have, each in a transaction, one process at a time, and
 * returns them. Opens one connection of its own and closes it.
 * @throws ServiceError when the files contradict what was applied, when another migration does not end in time,
 * or with `migrationFailed` when SQL fails; pg's error when the database cannot be reached in time.
 */
export async function migrate(
  databaseUrl: DatabaseUrl,
  sets: readonly MigrationSet[],
  logger: Logger,
  options: MigrateOptions = {},
): Promise<Migration[]> {
  const files = await readMigrations(sets)
  const client = await connect(databaseUrl, logger, options.connectTimeoutMs ?? 60_000)
  try {
    await lock(client, options.lockTimeoutMs ?? 60_000)
    await client.query(createMigrationTable)
    const pending = findPending(files, await readAppliedRows(client))
    for (const migration of pending) {
      await apply(client, migration)
      const { component, number, name } = migration
      logger.info({ migration: { component, number, name } }, 'migration applied')
    }
    return pending
  } finally {
    await client.end()
  }
}

async function connect(databaseUrl: DatabaseUrl, logger: Logger, timeoutMs: number): Promise<pg.Client> {
  const deadline = performance.now() + timeoutMs
  for (let told = false; ; told = true) {
    const client = new pg.Client({
      connectionString: currentUrl(databaseUrl),
      application_name: 'relevo migrate',
      connectionTimeoutMillis: 5_000,
      options: `-c lock_timeout=${tableLockTimeoutMs} -c statement_timeout=0`,
    })
    client.on('error', () => {}) // the query under way rejects as well
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => {})
      if (isWrongPassword(error) || !isUnavailable(error) || performance.now() > deadline) throw error
      if (!told) logger.warn({ err: error }, 'database cannot be reached yet')
      await delay(retryEveryMs)
    }
  }
}

/** No waiting makes it right, unlike a role (28000) or a database (3D000) that an operator may be about to make. */
function isWrongPassword(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '28P01'
}

/**
 * Asks again and again instead of waiting in Postgres: a session that waits in pg_advisory_lock holds a
 * snapshot, and `create index concurrently` of the migration that has the lock would wait for it for ever.
 */
async function lock(client: pg.Client, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await client.query<{ locked: boolean }>(tryMigrationLock)).rows[0]?.locked) {
    if (performance.now() > deadline)
      throw new ServiceError(
        'migrationLocked',
        `Another migration of this database has not ended within ${timeoutMs} ms. Look for its session in pg_locks (locktype advisory, classid 1919248000).`,
      )
    await delay(lockPollMs)
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const { component, number, name, sql, checksum, transaction } = migration
  try {
    if (transaction) await client.query('begin')
    await client.query(sql)
    await client.query(recordMigration, [component, number, name, checksum])
    if (transaction) await client.query('commit')
  } catch (cause) {
    if (transaction) await client.query('rollback').catch(() => {})
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServiceError(
      'migrationFailed',
      `Migration ${component} ${number} (${name}) failed: ${reason}`,
      {
        cause,
      },
    )
  }
}
