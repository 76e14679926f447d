import pg from 'pg'

/** Where the outbox of a flow is, and where its consumer keeps what it has done: two databases, or one. */
export interface DatabaseUrls {
  readonly databaseUrl: string
  readonly effectsDatabaseUrl: string
}

export interface Databases {
  readonly outbox: pg.Pool
  readonly effects: pg.Pool
}

/** Connects to both while `work` runs, with at most so many connections to each. Errors: those of `work`. */
export async function withDatabases<T>(
  urls: DatabaseUrls,
  connections: number,
  work: (databases: Databases) => Promise<T>,
): Promise<T> {
  const databases = openDatabases(urls, connections)
  try {
    return await work(databases)
  } finally {
    await closeDatabases(databases)
  }
}

/** The caller closes them. */
export function openDatabases(
  { databaseUrl, effectsDatabaseUrl }: DatabaseUrls,
  connections: number,
): Databases {
  return { outbox: openPool(databaseUrl, connections), effects: openPool(effectsDatabaseUrl, connections) }
}

export async function closeDatabases({ outbox, effects }: Databases): Promise<void> {
  await Promise.all([outbox.end(), effects.end()])
}

function openPool(connectionString: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: 10_000, keepAlive: true })
  // Without a listener a connection that breaks while idle ends the process.
  pool.on('error', () => {})
  return pool
}
