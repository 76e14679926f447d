import type { SqlClient } from '@relevo/kit'

const nowSql = 'select clock_timestamp() as now'

/** The database's clock. */
export async function readClock(client: SqlClient): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>({ name: 'read_clock', text: nowSql })
  return rows[0]?.now ?? new Date()
}
