import type pg from 'pg'

/** A notification that this process is to send, until its lease is over. */
export interface Claimed {
  readonly id: string
  readonly eventId: string
  readonly fence: string
  readonly template: string
  readonly recipient: string
  readonly payload: { readonly language?: string; readonly data: unknown }
  /** That of its user's profile; null: the request's, or the service's. */
  readonly language: string | null
  readonly redrives: number
  /** `deliver_before` has passed. */
  readonly expired: boolean
}

const claimSql = `
with due as (
  select id from notification where state in ('queued', 'unknown') and due_at <= clock_timestamp()
  order by due_at limit $1 for update skip locked
)
update notification n
set state = 'sending', fence = n.fence + 1, due_at = clock_timestamp() + $2 * interval '1 millisecond'
from due where n.id = due.id
returning n.id, n.event_id as "eventId", n.fence::text, n.template, n.recipient, n.payload, n.language,
  n.redrives,
  coalesce(n.deliver_before <= clock_timestamp(), false) as expired`

/**
 * Marks at most `limit` notifications that are due as being sent, and returns them, in any order. Whoever sees the mark later, and
 * no answer, does not know whether they were sent.
 */
export async function claimNotifications(pool: pg.Pool, limit: number, leaseMs: number): Promise<Claimed[]> {
  const query = { name: 'claim_notifications', text: claimSql, values: [limit, leaseMs] }
  return (await pool.query<Claimed>(query)).rows
}

const overdueSql = `
select id, fence::text from notification where state = 'sending' and due_at <= clock_timestamp()
order by due_at limit $1`

/** Those whose lease is over: who had claimed them is gone, or hangs. */
export async function listOverdue(
  pool: pg.Pool,
  limit: number,
): Promise<readonly Pick<Claimed, 'id' | 'fence'>[]> {
  return (await pool.query({ name: 'list_overdue', text: overdueSql, values: [limit] })).rows
}

const extendSql = `
update notification set due_at = clock_timestamp() + $3 * interval '1 millisecond'
where id = $1 and fence = $2 and state = 'sending'`

/** Has a lease that is over hold for longer. */
export async function extendLease(
  pool: pg.Pool,
  { id, fence }: Pick<Claimed, 'id' | 'fence'>,
  ms: number,
): Promise<void> {
  await pool.query({ name: 'extend_lease', text: extendSql, values: [id, fence, ms] })
}

const nextDueSql = `
select extract(epoch from least(
  (select min(due_at) from notification where state in ('queued', 'unknown')),
  (select min(due_at) from notification where state = 'sending')) - clock_timestamp())::float8 * 1000 as ms`

/** Milliseconds until the next one is due, or its lease over; undefined: there is none. */
export async function findNextDue(pool: pg.Pool): Promise<number | undefined> {
  const { rows } = await pool.query<{ ms: number | null }>({ name: 'find_next_due', text: nextDueSql })
  return rows[0]?.ms ?? undefined
}
