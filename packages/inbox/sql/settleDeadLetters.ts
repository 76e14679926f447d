import { type DeadLetterFilter, filterSql, filterValues, type SqlClient } from './deadLetterFilter.ts'

const discardDeadLettersSql = `
update inbox.dead_letter set discarded_at = clock_timestamp(), note = $10
where ${filterSql} and redriven_at is null and discarded_at is null`

/** Takes dead letters off the list, which a later `reviveDeadLetters` undoes; returns how many. */
export async function discardDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter,
  note: string,
): Promise<number> {
  return (await client.query(discardDeadLettersSql, [...filterValues(filter), note])).rowCount ?? 0
}

const reviveDeadLettersSql = `
update inbox.dead_letter set discarded_at = null, note = null where ${filterSql} and discarded_at is not null`

/** Puts discarded dead letters on the list again; returns how many. */
export async function reviveDeadLetters(client: SqlClient, filter: DeadLetterFilter): Promise<number> {
  return (await client.query(reviveDeadLettersSql, filterValues(filter))).rowCount ?? 0
}
