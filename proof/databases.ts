import pg from 'pg'

/** Where a system's outbox is, and where its consumer keeps what it has done: two databases, or one. */
export interface DatabaseUrls {
  databaseUrl: string
  effectsDatabaseUrl: string
}

export interface Databases {
  outbox: pg.Pool
  effects: pg.Pool
}

/** Connects to both while `work` runs, with at most so many connections to each. Errors: those of `work`. */
export async function withDatabases<T>(
  { databaseUrl, effectsDatabaseUrl }: DatabaseUrls,
  connections: number,
  work: (databases: Databases) => Promise<T>,
): Promise<T> {
  const outbox = openPool(databaseUrl, connections)
  const effects = openPool(effectsDatabaseUrl, connections)
  try {
    return await work({ outbox, effects })
  } finally {
    await Promise.all([outbox.end(), effects.end()])
  }
}

function openPool(connectionString: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: 10_000, keepAlive: true })
  // Without a listener a connection that breaks while idle ends the process.
  pool.on('error', () => {})
  return pool
}
