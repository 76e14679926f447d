import type pg from 'pg'

const removeSql = `
delete from idempotency.outcome
where key in (
  select key from idempotency.outcome where expires_at <= clock_timestamp()
  order by expires_at limit $1 for update skip locked
)`

/** Removes at most `limit` keys that have expired; returns how many. */
export async function removeExpired(pool: pg.Pool, limit: number): Promise<number> {
  return (await pool.query(removeSql, [limit])).rowCount ?? 0
}
