import type { DeadLetterReason } from '../receivedRecord.ts'
import {
  type DeadLetterFilter,
  filterSql,
  filterValues,
  fingerprintSql,
  type SqlClient,
} from './deadLetterFilter.ts'

/** Dead letters with the same consumer, type, reason and error, numbers and ids in it aside. */
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

const groupDeadLettersSql = `
select ${fingerprintSql} as fingerprint, consumer, left(type, 256) as type, reason,
  (array_agg(error order by id desc))[1] as error, count(*)::integer as count,
  min(dead_at) as "firstAt", max(dead_at) as "lastAt"
from inbox.dead_letter
where ${filterSql} and redriven_at is null and discarded_at is null
group by 1, 2, 3, 4 order by count desc, max(dead_at) desc limit $10`

/** The letters that are dead still, grouped by what they have in common; the largest group first. */
export async function groupDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter = {},
  limit = 100,
): Promise<DeadLetterGroup[]> {
  return (await client.query<DeadLetterGroup>(groupDeadLettersSql, [...filterValues(filter), limit])).rows
}
