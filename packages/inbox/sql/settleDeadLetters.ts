import {
  type DeadLetterFilter,
  filterSql,
  filterValues,
  isDeadSql,
  type SqlClient,
} from './deadLetterFilter.ts'

const putAwaySql = (column: 'discarded_at' | 'archived_at') => `
update inbox.dead_letter set ${column} = clock_timestamp(), note = $10 where ${filterSql} and ${isDeadSql}`

/** Takes dead letters off the list; `reviveDeadLetters` undoes that until retention drops them. Returns how many. */
export async function discardDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter,
  note: string,
): Promise<number> {
  return (await client.query(putAwaySql('discarded_at'), [...filterValues(filter), note])).rowCount ?? 0
}

/** Takes dead letters off the list and keeps them until `reviveDeadLetters` puts them back; returns how many. */
export async function archiveDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter,
  note: string,
): Promise<number> {
  return (await client.query(putAwaySql('archived_at'), [...filterValues(filter), note])).rowCount ?? 0
}

// A replaced letter stays discarded: it and its replacement must not both take effect.
const reviveDeadLettersSql = `
update inbox.dead_letter set discarded_at = null, archived_at = null, note = null
where ${filterSql} and (discarded_at is not null or archived_at is not null) and replaced_by is null`

/** Puts discarded and archived dead letters on the list again; returns how many. */
export async function reviveDeadLetters(client: SqlClient, filter: DeadLetterFilter): Promise<number> {
  return (await client.query(reviveDeadLettersSql, filterValues(filter))).rowCount ?? 0
}
