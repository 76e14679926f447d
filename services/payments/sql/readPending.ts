import type { SqlClient } from '@relevo/kit'

const pendingSql = `
select count(*)::float8 as pending, extract(epoch from now() - min(pending_since))::float8 as oldest_seconds,
  count(*) filter (where pending_since <= now() - $1 * interval '1 ms')::float8 as unsettled
from payment where pending_since is not null`

const nextSql = `select extract(epoch from min(due_at) - now())::float8 * 1000 as next_ms from payment where due_at is not null`

/** The calls that are not settled. */
export interface Pending {
  readonly pending: number
  readonly oldestSeconds: number
  /** Of them those that have been due for longer than they should be. */
  readonly unsettled: number
}

export async function readPending(client: SqlClient, unsettledAfterMs: number): Promise<Pending> {
  const query = { name: 'read_pending', text: pendingSql, values: [unsettledAfterMs] }
  const { rows } = await client.query<{ pending: number; oldest_seconds: number | null; unsettled: number }>(
    query,
  )
  const { pending = 0, oldest_seconds = null, unsettled = 0 } = rows[0] ?? {}
  return { pending, oldestSeconds: Math.max(0, oldest_seconds ?? 0), unsettled }
}

/** Milliseconds until the next call is due or its lease ends; undefined without one. */
export async function nextDueMs(client: SqlClient): Promise<number | undefined> {
  const { rows } = await client.query<{ next_ms: number | null }>({ name: 'next_due', text: nextSql })
  return rows[0]?.next_ms ?? undefined
}
