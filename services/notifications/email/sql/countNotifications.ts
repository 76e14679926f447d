import type pg from 'pg'

const openSql = `
select state, (
  select count(*) from notification n where n.state = s.state
)::int as count
from unnest(array['queued', 'sending', 'unknown', 'dead']) s (state)`

export interface StateCount {
  readonly state: string
  readonly count: number
}

/** How many notifications are in each state but `sent`. */
export async function countOpen(client: pg.Pool): Promise<StateCount[]> {
  return (await client.query<StateCount>({ name: 'count_open', text: openSql })).rows
}

const summarySql = `
select count(*)::int as accepted,
  count(*) filter (where state = 'sent')::int as sent,
  count(*) filter (where state = 'skipped')::int as skipped,
  count(*) filter (where state = 'sent' and doubtful > 0)::int as sent_doubtful,
  coalesce(sum(doubtful), 0)::int as answers_lost,
  coalesce(sum(redrives), 0)::int as redrives,
  extract(epoch from clock_timestamp() - min(created_at) filter (where state not in ('sent', 'dead', 'skipped')))::float8
    as oldest_open_seconds
from notification`

const reasonsSql = `select reason, count(*)::int as count from notification where state = 'dead' group by reason`

export interface Summary {
  readonly accepted: number
  readonly sent: number
  /** Their users have switched such mails off. */
  readonly skipped: number
  /** Copies of an attempt without an answer may have arrived as well. */
  readonly sent_doubtful: number
  readonly answers_lost: number
  readonly redrives: number
  readonly oldest_open_seconds: number | null
  readonly dead_by_reason: Readonly<Record<string, number>>
}

export async function summarize(client: pg.Pool): Promise<Summary> {
  const { rows } = await client.query<Omit<Summary, 'dead_by_reason'>>(summarySql)
  const reasons = (await client.query<{ reason: string; count: number }>(reasonsSql)).rows
  const [summary] = rows
  if (!summary) throw new Error('An aggregate without a row')
  return {
    ...summary,
    dead_by_reason: Object.fromEntries(reasons.map(({ reason, count }) => [reason, count])),
  }
}
