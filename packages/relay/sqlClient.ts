import pg from 'pg'

/** Sends one statement at a time, in order, and connects anew after a failure: a pool of one connection. */
export type SqlClient = pg.Pool

interface Statement {
  name: string
  text: string
}

export interface SqlClientOptions {
  connectionString: string
  applicationName: string
  /** Bound on connecting and on each statement, in milliseconds. */
  timeoutMs: number
  onError: (error: unknown) => void
  /** Told of each NOTIFY outbox_wake; the client listens only when this is given. */
  onWake?: (payload: string | undefined) => void
}

/**
 * What every statement of the relay needs. Its plans are generic, so that they are made once, and by index, so
 * that a plan made while a partition was empty does not scan it when it is full. A cursor that a crash of
 * Postgres takes back by some 100 ms costs duplicates, which the inbox absorbs; waiting for the disk (and for
 * the replicas) at each page costs throughput, so commits here do not wait.
 */
const settings = {
  timezone: 'UTC',
  synchronous_commit: 'off',
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
}

/** The owner closes it with `end()`. */
export function createSqlClient(options: SqlClientOptions): SqlClient {
  const { onWake } = options
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    application_name: options.applicationName,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: options.timeoutMs,
    query_timeout: options.timeoutMs + 1_000,
    statement_timeout: options.timeoutMs,
    keepAlive: true,
    ...(onWake && { onConnect: (client: pg.ClientBase) => listen(client, onWake) }),
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
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
