import type { QueryResult, QueryResultRow } from 'pg'

/** A pool, a client or a transaction. */
export interface SqlClient {
  query<Row extends QueryResultRow>(text: string, values: unknown[]): Promise<QueryResult<Row>>
}

export const deadLetterStates = ['dead', 'redriven', 'discarded', 'archived'] as const
export type DeadLetterState = (typeof deadLetterStates)[number]

/** Selects dead letters: all given conditions must hold. */
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

export const stateSql = `case when discarded_at is not null then 'discarded'
  when archived_at is not null then 'archived' when redriven_at is not null then 'redriven' else 'dead' end`

/** Those that wait for an operator. */
export const isDeadSql = 'redriven_at is null and discarded_at is null and archived_at is null'

/** Conditions on parameters $1 to $9, which are the {@link filterValues}. Keys and types are indexed by their digests. */
export const filterSql = `($1::bigint is null or id = $1) and ($2::text is null or consumer = $2)
  and ($3::text is null or topic = $3)
  and ($4::text is null or (inbox.digest(type) = inbox.digest($4) and type = $4))
  and ($5::text is null or reason = $5)
  and ($6::text is null or (coalesce(inbox.digest(ordering_key), sha256(key)) = inbox.digest($6)
    and (ordering_key = $6 or key = convert_to($6, 'UTF8'))))
  and ($7::uuid is null or event_id = $7) and ($8::timestamptz is null or dead_at >= $8)
  and ($9::text is null or fingerprint = $9)`

/** In the form of each state's index: the planner does not see through the CASE of {@link stateSql}. */
const conditions: Readonly<Record<DeadLetterState, string>> = {
  dead: isDeadSql,
  redriven: 'redriven_at is not null and discarded_at is null and archived_at is null',
  discarded: 'discarded_at is not null',
  archived: 'archived_at is not null and discarded_at is null',
}

/** A condition for those that are in one of these states. */
export function conditionOf(states: readonly DeadLetterState[]): string {
  return states.map((state) => `(${conditions[state]})`).join(' or ') || 'false'
}

export function filterValues(filter: DeadLetterFilter): unknown[] {
  const { id, consumer, topic, type, reason, key, eventId, since, fingerprint } = filter
  return [id, consumer, topic, type, reason, key, eventId, since?.toISOString(), fingerprint].map(
    (value) => value ?? null,
  )
}
