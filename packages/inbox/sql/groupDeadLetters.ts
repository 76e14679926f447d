import type { DeadLetterReason } from '../receivedRecord.ts'
import {
  conditionOf,
  type DeadLetterFilter,
  type DeadLetterState,
  filterSql,
  filterValues,
  type SqlClient,
} from './deadLetterFilter.ts'

/** Dead letters with the same consumer, type, reason and error, apart from numbers and ids in the error. */
export interface DeadLetterGroup {
  readonly fingerprint: string
  readonly consumer: string
  readonly type: string | null
  readonly reason: DeadLetterReason
  /** Of the newest. */
  readonly error: string
  readonly count: number
  readonly firstAt: Date
  readonly lastAt: Date
}

// Counts from an index alone; reads the long error text only from the newest.
const groupsSql = (condition: string) => `
with counted as (
  select fingerprint, count(*)::integer as count, min(dead_at) as first_at, max(dead_at) as last_at, max(id) as newest
  from inbox.dead_letter
  where ${filterSql} and ${condition}
  group by consumer, fingerprint order by count desc, max(dead_at) desc limit $10
)
select c.fingerprint, l.consumer, left(l.type, 256) as type, l.reason, l.error, c.count,
  c.first_at as "firstAt", c.last_at as "lastAt"
from counted c join inbox.dead_letter l on l.id = c.newest
order by c.count desc, c.last_at desc`

/** The letters of a state, in groups; the largest group first. */
export async function groupDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter = {},
  limit = 100,
  state: DeadLetterState = 'dead',
): Promise<DeadLetterGroup[]> {
  const values = [...filterValues(filter), limit]
  return (await client.query<DeadLetterGroup>(groupsSql(conditionOf([state])), values)).rows
}
