import type { SqlClient } from './sqlClient.ts'

const statements = [
  `delete from health_interval where ended_at < clock_timestamp() - $1 * interval '1 day'`,
  `delete from alert where resolved_at < clock_timestamp() - $1 * interval '1 day'`,
]
const dayStatements = [
  `delete from canary where effect_at < clock_timestamp() - interval '1 day'`,
  `delete from fault_minute where minute < clock_timestamp() - interval '1 day'`,
  // Those who have been away for longer start over, by GET /dashboard.
  `delete from change where at < clock_timestamp() - interval '1 day' or id <= (select max(id) - 10000 from change)`,
]

/** Forgets what is older than it is kept. */
export async function dropOld(client: SqlClient, historyDays: number): Promise<void> {
  for (const text of statements) await client.query(text, [historyDays])
  for (const text of dayStatements) await client.query(text)
}
