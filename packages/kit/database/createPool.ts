import pg from 'pg'
import type { Logger } from '../process/logger.ts'
import { currentUrl, type DatabaseUrl } from './databaseUrl.ts'
import { prepareStatements } from './prepareStatements.ts'

export interface PoolOptions {
  /** A function is called for each connection: its password may change. */
  databaseUrl: DatabaseUrl
  /** Shown in pg_stat_activity. */
  name: string
  /** Most connections; default 10. */
  size?: number
  /** Postgres ends a statement that takes longer, in milliseconds; default 10,000. */
  statementTimeoutMs?: number
  /** How long to wait for a connection, in milliseconds; default 5,000. */
  connectTimeoutMs?: number
  /** Queries of one client are sent without waiting for the answers to those before; default false. */
  pipeline?: boolean
  logger: Logger
}

/** Settings that statements and node-postgres depend on, overriding those of database and role. */
const settings = [
  'datestyle=ISO',
  'timezone=UTC',
  'intervalstyle=postgres',
  'extra_float_digits=1',
  'bytea_output=hex',
  'default_transaction_isolation=read\\ committed',
  'default_transaction_read_only=off',
  'lock_timeout=0',
  'idle_session_timeout=0',
]

/** A pool that outlives any loss of its connections and prepares its statements; the caller ends it. */
export function createPool(options: PoolOptions): pg.Pool {
  const { logger, statementTimeoutMs = 10_000 } = options
  const pool = new pg.Pool({
    application_name: options.name,
    max: options.size ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    // For a server that has vanished without a word: Postgres's own timeout cannot reach us then.
    query_timeout: statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: statementTimeoutMs + 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
    ...(options.pipeline && { pipeline: true }),
  })
  // The pool makes each of its clients from its options.
  Object.defineProperty(pool.options, 'connectionString', { get: () => currentUrl(options.databaseUrl) })
  // Without a listener, a killed backend ends the process, be its connection idle or in use.
  pool.on('error', (error) => logger.warn({ err: error }, 'idle database connection lost'))
  pool.on('connect', (client) => {
    client.on('error', (error) => logger.debug({ err: error }, 'database connection lost'))
    prepareStatements(client as Parameters<typeof prepareStatements>[0])
  })
  return pool
}
