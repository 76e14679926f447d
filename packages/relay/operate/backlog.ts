import { type Backlog, readBacklog } from '../sql/readBacklog.ts'
import { query, type SqlClient } from '../sqlClient.ts'

export type { Backlog }

/** The number of events to be published, counted up to `limit`, and the age of the oldest. */
export async function backlog(client: SqlClient, limit = 100_000): Promise<Backlog> {
  const [row] = await query<Backlog>(client, readBacklog, [limit])
  return row ?? { events: 0, oldest_seconds: 0 }
}
