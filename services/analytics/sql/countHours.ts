import type { SqlClient } from '@relevo/kit'
import type { QueryResultRow } from 'pg'

// Closed windows by their reports; those that are open by what is contributed.
const countSql = `
select date_bin('1 hour', start, '1970-01-01T00:00:00Z') as hour, sum(total)::float8 as total,
  sum(orders)::float8 as orders, sum(inventory)::float8 as inventory, sum(notifications)::float8 as notifications
from (
  select window_start as start, events as total, order_events as orders, inventory_events as inventory,
    notification_events as notifications
  from window_report r
  where window_minutes = $1 and window_start >= $2 and window_start < least($3::timestamptz, $4::timestamptz)
    and revision = (select max(revision) from window_report n
      where n.window_minutes = r.window_minutes and n.window_start = r.window_start)
  union all
  select date_bin('1 hour', at, '1970-01-01T00:00:00Z'), count(*),
    count(*) filter (where stream = 'orders'), count(*) filter (where stream = 'inventory'),
    count(*) filter (where stream = 'notifications')
  from contribution where at >= greatest($2::timestamptz, $4::timestamptz) and at < $3 group by 1
) counted
where total > 0 group by 1 order by 1 desc`

/** The events of an hour. */
export interface HourRow extends QueryResultRow {
  readonly hour: Date
  readonly total: number
  readonly orders: number
  readonly inventory: number
  readonly notifications: number
}

interface Range {
  readonly from: Date
  readonly to: Date
  readonly closedUntil: Date | undefined
}

/** The hours of [from, to) that have events, the newest first. */
export async function countHours(
  client: SqlClient,
  minutes: number,
  { from, to, closedUntil }: Range,
): Promise<HourRow[]> {
  const values = [minutes, from, to, closedUntil ?? '-infinity']
  return (await client.query<HourRow>({ name: 'count_hours', text: countSql, values })).rows
}
