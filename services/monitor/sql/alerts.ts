import type { OpenAlert } from '../domain/alerts.ts'
import type { Cause } from '../domain/causes.ts'
import type { SqlClient } from './sqlClient.ts'

const insertSql = `
insert into alert (key, kind, severity, subject, message, follows, opened_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (key) where resolved_at is null do nothing
returning id::float8 as id`

/** Opens an alert; undefined: there is one of this cause. */
export async function insertAlert(
  client: SqlClient,
  { key, kind, severity, subject, message, follows }: Cause,
  openedAt: Date,
): Promise<number | undefined> {
  const values = [key, kind, severity, subject, message, follows, openedAt]
  return (await client.query<{ id: number }>(insertSql, values)).rows[0]?.id
}

const resolveSql = `
update alert set resolved_at = greatest($2::timestamptz, opened_at) where key = $1 and resolved_at is null
returning id::float8 as id`

/** Resolves the alert of a cause; undefined: there is none open. */
export async function resolveAlert(client: SqlClient, key: string, at: Date): Promise<number | undefined> {
  return (await client.query<{ id: number }>(resolveSql, [key, at])).rows[0]?.id
}

const columns = `
id::float8 as id, key, kind, severity, subject, message, follows, opened_at, resolved_at, acknowledged_at,
  acknowledged_by, note`

/** An alert as it is stored. */
export interface AlertRow extends Cause {
  readonly id: number
  readonly opened_at: Date
  readonly resolved_at: Date | null
  readonly acknowledged_at: Date | null
  readonly acknowledged_by: string | null
  readonly note: string | null
}

const acknowledgeSql = `
update alert set acknowledged_at = clock_timestamp(), acknowledged_by = $2, note = $3
where id = $1 and acknowledged_at is null and resolved_at is null
returning ${columns}`

interface Acknowledgement {
  readonly by: string
  readonly note: string | undefined
}

/** Undefined: no alert of that number is open and not acknowledged yet. */
export async function acknowledgeAlert(
  client: SqlClient,
  id: number,
  { by, note }: Acknowledgement,
): Promise<AlertRow | undefined> {
  return (await client.query<AlertRow>(acknowledgeSql, [id, by, note ?? null])).rows[0]
}

const findSql = `select ${columns} from alert where id = $1`

export async function findAlert(client: SqlClient, id: number): Promise<AlertRow | undefined> {
  return (await client.query<AlertRow>(findSql, [id])).rows[0]
}

const listSql = `
select ${columns} from alert
where alert.id < $1 and ($2::text is null or kind = $2)
  and ($3::text is null or (resolved_at is null) = ($3 = 'open'))
order by alert.id desc limit $4`

export const alertStates = ['open', 'resolved'] as const

export interface AlertFilter {
  readonly before: number
  readonly kind: string | undefined
  readonly state: (typeof alertStates)[number] | undefined
  readonly limit: number
}

/** Alerts, the newest first. */
export async function listAlerts(
  client: SqlClient,
  { before, kind, state, limit }: AlertFilter,
): Promise<AlertRow[]> {
  return (await client.query<AlertRow>(listSql, [before, kind ?? null, state ?? null, limit])).rows
}

const openSql = `select ${columns} from alert where resolved_at is null order by alert.id`

/** The alerts that are open, as those decide who go on with them. */
export async function loadOpenAlerts(client: SqlClient): Promise<OpenAlert[]> {
  const { rows } = await client.query<AlertRow>(openSql)
  return rows.map(({ key, kind, severity, subject, message, follows, opened_at }) => {
    const cause = { key, kind, severity, subject, message, follows }
    return { cause, openedAt: opened_at.getTime(), clearSince: undefined }
  })
}
