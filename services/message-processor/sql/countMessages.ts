import type pg from 'pg'

const countSql = 'select count(*)::integer as count from (select from messages limit $1) m'

/** How many messages are stored, counted up to `limit`. */
export async function countMessages(pool: pg.Pool, limit: number): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(countSql, [limit])
  return rows[0]?.count ?? 0
}
