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

/** How many dead letters in that state match. */
export async function countDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter,
  state: DeadLetterState,
): Promise<number> {
  const { condition, values } = conditionOf([state], 10)
  const { rows } = await client.query<{ count: number }>(countSql(condition), [
    ...filterValues(filter),
    ...values,
  ])
  return rows[0]?.count ?? 0
}
