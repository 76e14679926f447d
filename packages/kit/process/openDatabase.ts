import type pg from 'pg'
import { createPool, type PoolOptions } from '../database/createPool.ts'
import { isRefused } from '../database/databaseErrors.ts'
import { currentUrl, type DatabaseUrl, describeDatabase } from '../database/databaseUrl.ts'
import type { MigrationSet } from '../database/migrationFiles.ts'
import { waitForSchema } from '../database/waitForSchema.ts'
import type { Health } from '../http/health.ts'
import type { Logger } from './logger.ts'
import { type NeededServer, watchServer } from './serverWatch.ts'

export interface DatabaseOptions {
  readonly databaseUrl: DatabaseUrl
  /** The variables that say where it is, for people. */
  readonly variables: NeededServer['variables']
  readonly migrations: readonly MigrationSet[]
  readonly pool: Omit<PoolOptions, 'databaseUrl' | 'logger'>
  readonly logger: Logger
  /** Gets the checks `database` and `schema`. */
  readonly health: Health
  /** How long it may refuse the credentials before the process ends; `Infinity` where other databases go on without it. */
  readonly credentialsRefusedMs: number
}

/** A database that a process works with. */
export interface OpenDatabase {
  /** Ended with the service. */
  readonly pool: pg.Pool
  /** Runs `start` once the database has every migration, unless the service stops before. */
  whenMigrated(start: () => void): void
  /** Has the error that keeps a part from the database count, when the pool's connections were made before it. */
  heed(find: () => unknown): void
}

interface Host {
  readonly signal: AbortSignal
  onStop(part: string, stop: () => void | Promise<void>): void
  fail(error: unknown): void
}

/** Opens a pool and watches its server. @param listening resolves when the schema is to be looked at. */
export function openDatabase(
  options: DatabaseOptions,
  host: Host,
  listening: Promise<unknown>,
): OpenDatabase {
  const { databaseUrl, logger, health, migrations: sets } = options
  const { signal } = host
  const pool = createPool({ ...options.pool, databaseUrl, logger })
  host.onStop('database', () => pool.end())
  const heard: (() => unknown)[] = []
  const server: NeededServer = {
    name: 'database',
    hinders: 'requests',
    label: `Postgres at ${describeDatabase(currentUrl(databaseUrl))}`,
    variables: options.variables,
    ask: async () => {
      await pool.query('select 1')
      const refusal = heard.map((find) => find()).find(isRefused)
      if (refusal !== undefined) throw refusal
    },
    isRefused,
  }
  watchServer(server, { ...host, logger, health, signal }, options.credentialsRefusedMs)
  const migrated = listening.then(() => waitForSchema({ pool, sets, health, logger, signal }))
  return {
    pool,
    whenMigrated: (start) => void migrated.then((ready) => ready && start()),
    heed: (find) => void heard.push(find),
  }
}
