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
with chosen as (
  select id from notification
  where state = 'dead' and number > $6 and ($1::uuid is null or id = $1) and ($2::text is null or reason = $2)
    and ($3::text is null or template = $3) and ($4::uuid is null or order_id = $4)
    and ($5 or deliver_before is null or deliver_before > clock_timestamp())
  order by number limit $7 for update
), redriven as (
  update notification n
  set state = 'queued', due_at = clock_timestamp(), attempts = 0, redrives = redrives + 1, away_since = null, ended_at = null,
    deliver_before = case when not $5 or deliver_before > clock_timestamp() then deliver_before end
  from chosen where n.id = chosen.id
  returning number
)
select count(*)::int as redriven, max(number)::text as last from redriven`

const pageSize = 1_000

/**
 * Gives dead notifications new attempts, with their own ids and headers; returns how many. A page is a transaction: what a later one
 * fails at, the next call goes on with.
 */
export async function redriveNotifications(
  client: pg.Pool,
  filter: RedriveFilter,
  limit = pageSize,
): Promise<number> {
  const { id, reason, template, orderId, late } = filter
  const values = [id ?? null, reason ?? null, template ?? null, orderId ?? null, late]
  let redriven = 0
  for (let after: string | null = '0'; after !== null; ) {
    const { rows }: pg.QueryResult<Page> = await client.query<Page>(redriveSql, [...values, after, limit])
    const page = rows[0] as Page
    redriven += page.redriven
    after = page.last
  }
  return redriven
}

interface Page {
  readonly redriven: number
  /** The highest number of the page; null: it is empty. */
  readonly last: string | null
}
