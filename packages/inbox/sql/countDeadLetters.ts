import {
  type DeadLetterFilter,
  type DeadLetterState,
  filterSql,
  filterValues,
  type SqlClient,
  stateSql,
} from './deadLetterFilter.ts'

const countDeadLettersSql = `
select count(*)::integer as count from inbox.dead_letter where ${filterSql} and ${stateSql} = $10`

/** How many dead letters in that state match. */
export async function countDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter,
  state: DeadLetterState,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(countDeadLettersSql, [
    ...filterValues(filter),
    state,
  ])
  return rows[0]?.count ?? 0
}
