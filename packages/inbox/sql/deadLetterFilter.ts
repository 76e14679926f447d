import type { QueryResult, QueryResultRow } from 'pg'

/** A pool, a client or a transaction. */
export interface SqlClient {
  query<Row extends QueryResultRow>(text: string, values: unknown[]): Promise<QueryResult<Row>>
}

export const deadLetterStates = ['dead', 'redriven', 'discarded'] as const
export type DeadLetterState = (typeof deadLetterStates)[number]

/** Which dead letters are meant: those for which all that is given holds. */
export interface DeadLetterFilter {
  /** The number of a dead letter, in decimal digits. */
  readonly id?: string | undefined
  /** The consumer group. */
  readonly consumer?: string | undefined
  readonly topic?: string | undefined
  readonly type?: string | undefined
  readonly reason?: string | undefined
  readonly key?: string | undefined
  readonly eventId?: string | undefined
  /** Dead letters since then. */
  readonly since?: Date | undefined
  /** Of a group that `groupDeadLetters` returned. */
  readonly fingerprint?: string | undefined
}

/** Numbers and ids in an error's text do not make it another error. */
export const fingerprintSql = `left(encode(sha256(convert_to(concat_ws(chr(10), consumer, type, reason,
  regexp_replace(left(error, 500), '[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9]+', '#', 'g')), 'UTF8')), 'hex'), 12)`

export const stateSql = `case when discarded_at is not null then 'discarded'
  when redriven_at is not null then 'redriven' else 'dead' end`

/** Conditions on parameters $1 to $9, which are the {@link filterValues}. */
export const filterSql = `($1::bigint is null or id = $1) and ($2::text is null or consumer = $2)
  and ($3::text is null or topic = $3) and ($4::text is null or type = $4) and ($5::text is null or reason = $5)
  and ($6::text is null or ordering_key = $6 or key = convert_to($6, 'UTF8'))
  and ($7::uuid is null or event_id = $7) and ($8::timestamptz is null or dead_at >= $8)
  and ($9::text is null or ${fingerprintSql} = $9)`

export function filterValues(filter: DeadLetterFilter): unknown[] {
  const { id, consumer, topic, type, reason, key, eventId, since, fingerprint } = filter
  return [id, consumer, topic, type, reason, key, eventId, since?.toISOString(), fingerprint].map(
    (value) => value ?? null,
  )
}
