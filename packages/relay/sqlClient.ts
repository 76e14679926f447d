import pg from 'pg'
import { RelayError } from './relayError.ts'
import { type DatabaseUrl, liftTransactionTimeout, withSettings } from './sessionSettings.ts'

/** Anything with node-postgres' `query` that sends one statement at a time. */
export type SqlClient = Pick<pg.ClientBase, 'query'>

interface Statement {
  name: string
  text: string
}

export interface SqlClientOptions {
  connectionString: DatabaseUrl
  applicationName: string
  /** Time limit of each statement, and of the wait for earlier ones, in milliseconds. */
  timeoutMs: number
  /** Time limit for connecting, in milliseconds; default 5 s. */
  connectTimeoutMs?: number
  onError: (error: unknown) => void
  /** Called for each NOTIFY outbox_wake; the client listens only if this is given. */
  onWake?: (payload: string | undefined) => void
}

/**
 * Further settings of the relay's statements. Plans are generic, so that each is made once, and use indexes, so
 * that a plan made for an empty partition does not scan a full one. Commits do not wait for the disk or the
 * replicas, which would cost throughput at each page: if a crash of Postgres loses the last 100 ms of a cursor,
 * that only causes duplicates, which the inbox drops. Keepalives end the session of a lost node within half a
 * minute: until then its sleep marks make every transaction send a NOTIFY.
 */
const settings = {
  synchronous_commit: 'off',
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '25000',
}

/**
 * Time limit for connecting, in milliseconds. Nobody answers packets to a primary that was just replaced, and TCP keeps
 * trying: only a new connection finds the new primary.
 */
export const defaultConnectTimeoutMs = 5_000

/**
 * A queue of statements on one connection, which is not reopened when it breaks: what the relay has read through
 * one connection must not be stored through another, since Postgres may have crashed or failed over in between, lost
 * transactions, and given their xids to others. The owner closes it with `end()`.
 */
export function openSqlClient(options: SqlClientOptions): pg.Pool {
  let connected = false
  const connectTimeoutMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs
  const pool = new pg.Pool({
    // The pool's own time limit includes the wait for earlier statements.
    Client: class extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super({ ...config, connectionTimeoutMillis: connectTimeoutMs })
      }
    },
    connectionString: withSettings(options.connectionString, {
      ...settings,
      statement_timeout: String(options.timeoutMs),
    }),
    application_name: options.applicationName,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: options.timeoutMs,
    query_timeout: options.timeoutMs + 1_000,
    keepAlive: true,
    onConnect: async (client: pg.ClientBase) => {
      if (connected) throw new RelayError('connectionLost', 'The connection to Postgres was lost.')
      connected = true
      await liftTransactionTimeout(client)
      if (options.onWake) await listen(client, options.onWake)
    },
  })
  pool.on('error', options.onError)
  return pool
}

async function listen(client: pg.ClientBase, onWake: (payload?: string) => void): Promise<void> {
  client.on('notification', (notification) => onWake(notification.payload))
  await client.query('listen outbox_wake')
}

export async function query<Row>(
  client: SqlClient,
  statement: Statement,
  values: unknown[] = [],
): Promise<Row[]> {
  const { rows } = await client.query({ ...statement, values })
  return rows
}

/** Rows as arrays: faster for many. */
export async function queryArrays<Row>(
  client: SqlClient,
  statement: Statement,
  values: unknown[],
): Promise<Row[]> {
  const { rows } = await client.query({ ...statement, values, rowMode: 'array' })
  return rows as Row[]
}

/** Runs `work` in a transaction on the client's connection; any error rolls back and is rethrown. */
export async function inTransaction<T>(client: SqlClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // A lost connection has nothing to roll back.
    await client.query('rollback').catch(() => {})
    throw error
  }
}
