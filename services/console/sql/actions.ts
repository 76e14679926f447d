import type { SqlClient } from '@relevo/kit'
import type { Deed } from '../actions.ts'

const insertActionSql = `
insert into action (action_id, asked_by, user_id, deed, target, meant, note) values ($1, $2, $3, $4, $5, $6, $7)`

export async function insertAction(client: SqlClient, id: string, action: Deed): Promise<void> {
  const { by, deed, target, meant, note = null } = action
  const values = [id, by.name, by.userId ?? null, deed, target, JSON.stringify(meant), note]
  await client.query(insertActionSql, values)
}

const endActionSql = `
update action set ended_at = clock_timestamp(), done = $2, problem = $3 where action_id = $1 and ended_at is null`

export async function endAction(
  client: SqlClient,
  id: string,
  outcome: { readonly done?: number; readonly problem?: string },
): Promise<void> {
  await client.query(endActionSql, [id, outcome.done ?? null, outcome.problem ?? null])
}

const noteProgressSql = `
update action set progress = $2, total = $3 where action_id = $1 and ended_at is null returning abort_asked_by`

/** @returns whether somebody wants it to stop. */
export async function noteProgress(
  client: SqlClient,
  id: string,
  { done, total }: { readonly done: number; readonly total: number },
): Promise<boolean> {
  const { rows } = await client.query<{ abort_asked_by: string | null }>(noteProgressSql, [id, done, total])
  return rows[0]?.abort_asked_by != null
}

const askAbortSql = `
update action set abort_asked_by = $2 where action_id = $1 and ended_at is null and total is not null returning id`

/** @returns false: there is no such action that is under way step by step. */
export async function askAbort(client: SqlClient, id: string, by: string): Promise<boolean> {
  return (await client.query(askAbortSql, [id, by])).rows.length > 0
}

export interface ActionRow {
  readonly id: number
  readonly asked_at: Date
  readonly asked_by: string
  readonly user_id: string | null
  readonly deed: string
  readonly target: string
  readonly meant: Readonly<Record<string, string | number>>
  readonly note: string | null
  readonly ended_at: Date | null
  readonly done: number | null
  readonly problem: string | null
  readonly action_id: string
  readonly total: number | null
  readonly progress: number | null
  readonly abort_asked_by: string | null
}

const listActionsSql = `
select id::float8, asked_at, asked_by, user_id, deed, target, meant, note, ended_at, done, problem, action_id,
  total, progress, abort_asked_by from action
where $1::bigint is null or action.id < $1 order by action.id desc limit $2`

/** The newest first. */
export async function listActions(
  client: SqlClient,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<ActionRow[]> {
  return (await client.query<ActionRow>(listActionsSql, [before ?? null, limit])).rows
}
