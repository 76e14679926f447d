import type { SqlClient } from './sqlClient.ts'

const insertSql = 'insert into change (at, kind, data) values ($1, $2, $3)'

/** Notes a change, in a transaction that holds the row of `probing`. */
export async function insertChange(
  client: SqlClient,
  { at, kind, data }: Omit<ChangeRow, 'id'>,
): Promise<void> {
  await client.query(insertSql, [at, kind, JSON.stringify(data)])
}

/** A change as those get it who listen. */
export interface ChangeRow {
  readonly id: number
  readonly at: Date
  readonly kind: string
  readonly data: object
}

const listSql =
  'select id::float8 as id, at, kind, data from change where id > $1 order by change.id limit $2'

/** The changes after one, the oldest first. */
export async function listChanges(client: SqlClient, after: number, limit: number): Promise<ChangeRow[]> {
  return (await client.query<ChangeRow>({ name: 'list_changes', text: listSql, values: [after, limit] })).rows
}

const endsSql =
  'select coalesce(min(id), 0)::float8 as first, coalesce(max(id), 0)::float8 as last from change'

/** The numbers of the first change that is kept, and of the last; 0 when there is none. */
export async function readEnds(
  client: SqlClient,
): Promise<{ readonly first: number; readonly last: number }> {
  const { rows } = await client.query<{ first: number; last: number }>(endsSql)
  return rows[0] ?? { first: 0, last: 0 }
}
