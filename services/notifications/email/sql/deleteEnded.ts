import type pg from 'pg'

// The state is asked for again, since an operator may just redrive one that was found.
const deleteSql = `
delete from notification
where state in ('sent', 'dead', 'skipped') and id = any(array(
  (select id from notification
    where state = 'sent' and ended_at < clock_timestamp() - make_interval(days => $1) limit $2)
  union all
  (select id from notification
    where state = 'dead' and ended_at < clock_timestamp() - make_interval(days => $1) limit $2)
  union all
  (select id from notification
    where state = 'skipped' and ended_at < clock_timestamp() - make_interval(days => $1) limit $2)
))`

/** Forgets notifications that were sent, given up, or skipped, so many days ago: of each at most `limit`. */
export async function deleteEnded(pool: pg.Pool, days: number, limit: number): Promise<void> {
  await pool.query(deleteSql, [days, limit])
}
