import type { DeadLetterReason } from '../receivedRecord.ts'
import {
  conditionOf,
  type DeadLetterFilter,
  type DeadLetterState,
  filterSql,
  filterValues,
  type SqlClient,
  stateSql,
} from './deadLetterFilter.ts'

/** A record that a consumer gave up. */
export interface DeadLetter {
  readonly id: string
  /** The consumer group. */
  readonly consumer: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** At most 512 characters of it. */
  readonly key: string | null
  /** Null if the record has no valid one; then it cannot be redriven. */
  readonly eventId: string | null
  readonly source: string | null
  readonly type: string | null
  readonly reason: DeadLetterReason
  readonly error: string
  readonly attempts: number
  readonly deadAt: Date
  readonly state: DeadLetterState
  readonly redrivenAt: Date | null
  readonly discardedAt: Date | null
  readonly archivedAt: Date | null
  /** Why an operator discarded, archived or replaced it. */
  readonly note: string | null
  /** The id of the event that replaced it, with another payload. */
  readonly replacedBy: string | null
  readonly fingerprint: string
}

/** An entry of the list, with the whole record. */
export interface WholeDeadLetter extends DeadLetter {
  readonly wholeKey: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
  readonly recordTime: Date
  readonly eventTime: Date | null
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[]
  /** Start of the next page; undefined: this is the last. */
  readonly nextCursor: string | undefined
}

export interface PageOptions {
  /** Default: those that are still dead. */
  readonly states?: readonly DeadLetterState[] | undefined
  /** Default 100. A page has at most 1 MiB as well, but at least one. */
  readonly limit?: number | undefined
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined
}

const columns = `id::text, consumer, topic, partition, kafka_offset::text as offset,
  left(ordering_key, 512) as key, event_id as "eventId", source, left(type, 256) as type, reason, error, attempts,
  dead_at as "deadAt", ${stateSql} as state, redriven_at as "redrivenAt", discarded_at as "discardedAt",
  archived_at as "archivedAt", note, replaced_by as "replacedBy", fingerprint`

const pageBytes = 1_048_576

// Reads one row more than the page, to see whether there is another page.
const listSql = (condition: string) => `
with page as (
  select ${columns} from inbox.dead_letter
  where ${filterSql} and (${condition}) and ($10::bigint is null or dead_letter.id < $10)
  order by dead_letter.id desc limit $11::integer + 1
), sized as (
  select *, sum(octet_length(error) + coalesce(octet_length(key), 0) + coalesce(octet_length(note), 0) + 512)
    over (order by id::bigint desc) as bytes, row_number() over (order by id::bigint desc) as place
  from page
)
select id, consumer, topic, partition, "offset", key, "eventId", source, type, reason, error, attempts, "deadAt", state,
  "redrivenAt", "discardedAt", "archivedAt", note, "replacedBy", fingerprint, (select count(*) from page)::integer as found
from sized where place <= $11 and (bytes <= ${pageBytes} or place = 1)
order by place`

/** The newest first. */
export async function listDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter = {},
  { states = ['dead'], limit = 100, cursor }: PageOptions = {},
): Promise<DeadLetterPage> {
  const values = [...filterValues(filter), cursor ?? null, limit]
  const { rows } = await client.query<DeadLetter & { found: number }>(listSql(conditionOf(states)), values)
  const more = (rows[0]?.found ?? 0) > rows.length
  const letters = rows.map(({ found: _, ...letter }) => letter)
  return { letters, nextCursor: more ? letters.at(-1)?.id : undefined }
}

const readDeadLetterSql = `
select ${columns}, dead_letter.key as "wholeKey", value, headers, record_time as "recordTime",
  event_time as "eventTime"
from inbox.dead_letter where ${filterSql} order by dead_letter.id desc limit 1`

/** The newest matching letter, in any state, with payload and headers; undefined if there is none. */
export async function readDeadLetter(
  client: SqlClient,
  filter: DeadLetterFilter,
): Promise<WholeDeadLetter | undefined> {
  return (await client.query<WholeDeadLetter>(readDeadLetterSql, filterValues(filter))).rows[0]
}
