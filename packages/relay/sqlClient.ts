import pg from 'pg'
import { RelayError } from './relayError.ts'
import { type DatabaseUrl, liftTransactionTimeout, withSettings } from './sessionSettings.ts'

/** Whatever has node-postgres' `query` and sends one statement at a time. */
export type SqlClient = Pick<pg.ClientBase, 'query'>

interface Statement {
  name: string
  text: string
}

export interface SqlClientOptions {
  connectionString: DatabaseUrl
  applicationName: string
  /** Bound on each statement, and on the wait for those before it, in milliseconds. */
  timeoutMs: number
  /** Bound on connecting, in milliseconds; default 5 s. */
  connectTimeoutMs?: number
  onError: (error: unknown) => void
  /** Told of each NOTIFY outbox_wake; the client listens only when this is given. */
  onWake?: (payload: string | undefined) => void
}

/**
 * What the relay's statements need besides. Their plans are generic, so that they are made once, and by index, so
 * that a plan made while a partition was empty does not scan it when it is full. A cursor that a crash of
 * Postgres takes back by some 100 ms costs duplicates, which the inbox absorbs; waiting for the disk (and for
 * the replicas) at each page costs throughput, so commits here do not wait.
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
}

/**
 * Bound on connecting, in milliseconds. Packets to a primary that was just replaced are answered by nobody, and TCP goes
 * on trying: only a new connection finds the new one.
 */
export const defaultConnectTimeoutMs = 5_000

/**
 * A queue of statements on one connection, which is not reopened when it breaks: what the relay knows from
 * one connection must not be stored through another, where Postgres may have crashed or failed over and lost
 * transactions in between, and given their xids to others. The owner closes it with `end()`.
 */
export function openSqlClient(options: SqlClientOptions): pg.Pool {
  let connected = false
  const connectTimeoutMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs
  const pool = new pg.Pool({
    // The pool's own bound counts the wait for the statements before, too.
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

/** Runs `work` in a transaction of the client's connection; any error rolls back and is thrown on. */
export async function inTransaction<T>(client: SqlClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // Of a connection that is lost nothing is left to be rolled back.
    await client.query('rollback').catch(() => {})
    throw error
  }
}
