import type pg from 'pg'

export interface RedriveFilter {
  readonly id?: string | undefined
  readonly reason?: string | undefined
  readonly template?: string | undefined
  readonly orderId?: string | undefined
  /** Those as well whose `deliver_before` has passed; they have none from then on. */
  readonly late: boolean
}

const redriveSql = `
update notification
set state = 'queued', due_at = clock_timestamp(), attempts = 0, redrives = redrives + 1, away_since = null, ended_at = null,
  deliver_before = case when not $5 or deliver_before > clock_timestamp() then deliver_before end
where state = 'dead' and ($1::uuid is null or id = $1) and ($2::text is null or reason = $2)
  and ($3::text is null or template = $3) and ($4::uuid is null or order_id = $4)
  and ($5 or deliver_before is null or deliver_before > clock_timestamp())`

/** Gives dead notifications new attempts, with their own ids and headers; returns how many. */
export async function redriveNotifications(client: pg.Pool, filter: RedriveFilter): Promise<number> {
  const { id, reason, template, orderId, late } = filter
  const values = [id ?? null, reason ?? null, template ?? null, orderId ?? null, late]
  return (await client.query(redriveSql, values)).rowCount ?? 0
}
