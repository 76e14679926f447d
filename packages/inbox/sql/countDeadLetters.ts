import {
  conditionOf,
  type DeadLetterFilter,
  type DeadLetterState,
  filterSql,
  filterValues,
  type SqlClient,
} from './deadLetterFilter.ts'

const countSql = (condition: string) => `
select count(*)::integer as count from inbox.dead_letter where ${filterSql} and ${condition}`

/** Counts the matching dead letters in that state. */
export async function countDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter,
  state: DeadLetterState,
): Promise<number> {
  const text = countSql(conditionOf([state]))
  const { rows } = await client.query<{ count: number }>(text, filterValues(filter))
  return rows[0]?.count ?? 0
}
