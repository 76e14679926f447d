import type pg from 'pg'

/** A notification that is being sent, as its outcome is decided by. */
export interface Attempted {
  readonly id: string
  readonly eventId: string
  readonly state: 'sending' | 'unknown'
  readonly channel: string
  readonly template: string
  readonly orderId: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly payload: unknown
  readonly attempts: number
  readonly doubtful: number
  /** For how long the mail server was away whenever it was tried, in milliseconds; null: it was not, the last time. */
  readonly awayMs: number | null
  /** Others have been sent in that time. */
  readonly othersSent: boolean
}

const lockSql = `
select id, event_id as "eventId", state, channel, template, order_id as "orderId", headers, payload, attempts, doubtful,
  extract(epoch from clock_timestamp() - away_since)::float8 * 1000 as "awayMs",
  exists (select from notification o where o.state = 'sent' and o.ended_at > n.away_since) as "othersSent"
from notification n where id = $1 and fence = $2 and state in ('sending', 'unknown') for update`

/** Locks a notification; undefined: another claim of it has come after this one, or it has ended. */
export async function lockAttempted(
  client: pg.PoolClient,
  { id, fence }: { readonly id: string; readonly fence: string },
): Promise<Attempted | undefined> {
  return (await client.query<Attempted>({ name: 'lock_attempted', text: lockSql, values: [id, fence] }))
    .rows[0]
}

/** What becomes of a notification. */
export interface Settled {
  readonly state: 'queued' | 'unknown' | 'sent' | 'dead'
  /** Until it may be tried again. */
  readonly delayMs: number
  readonly attempts: number
  readonly doubtful: number
  /** since: the mail server is away, as it was before, or from now on. again: from now on. no: it is not. */
  readonly away: 'since' | 'again' | 'no'
  readonly reason: string | null
  readonly detail: string | null
}

const settleSql = `
update notification set state = $2, due_at = clock_timestamp() + $3 * interval '1 millisecond', attempts = $4, doubtful = $5,
  away_since = case $6 when 'since' then coalesce(away_since, clock_timestamp()) when 'again' then clock_timestamp() end,
  reason = $7, detail = $8, ended_at = case when $2 in ('sent', 'dead') then clock_timestamp() end
where id = $1`

/** Writes what becomes of a notification that the transaction has locked. */
export async function settleNotification(client: pg.PoolClient, id: string, settled: Settled): Promise<void> {
  const { state, delayMs, attempts, doubtful, away, reason, detail } = settled
  const values = [id, state, delayMs, attempts, doubtful, away, reason, detail]
  await client.query({ name: 'settle_notification', text: settleSql, values })
}
