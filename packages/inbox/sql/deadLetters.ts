import type { Transaction } from '../transaction.ts'

/** A dead letter whose copy is not on the dead letter topic. */
export interface UnpublishedDeadLetter {
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Record<string, string>
  readonly record_time: Date
  readonly reason: string
  readonly error: string
  readonly attempts: number
  readonly dead_at: Date
}

/** Delay of letters that Kafka did not accept. */
export const longestPostponeMs = 30_000

/**
 * Of inbox.dead_letter: letters of consumer $1 that are to be published now. One that waits for longer than $2, the longest that
 * letters are put off, is due, too: the clock was set back.
 */
export const isUnpublished = `
consumer = $1 and published_at is null and (publish_after <= clock_timestamp()
  or publish_after > clock_timestamp() + make_interval(secs => $2 / 1000.0) and publish_after < 'infinity')`

const lockUnpublishedSql = `
select id::text, topic, partition, kafka_offset::text as offset, key, value, headers,
  record_time, reason, error, attempts, dead_at
from inbox.dead_letter
where ${isUnpublished}
order by publish_after, dead_letter.id limit $3
for update skip locked`

/** Locks dead letters that are to be published now; other replicas take others. */
export async function lockUnpublished(
  tx: Transaction,
  consumer: string,
  longestMs: number,
  limit: number,
): Promise<UnpublishedDeadLetter[]> {
  return (await tx.query<UnpublishedDeadLetter>(lockUnpublishedSql, [consumer, longestMs, limit])).rows
}

const markPublishedSql =
  'update inbox.dead_letter set published_at = clock_timestamp() where id = any($1::bigint[])'
const postponePublishSql = `
update inbox.dead_letter set publish_after = clock_timestamp() + make_interval(secs => $2 / 1000.0)
where id = any($1::bigint[])`

export async function markPublished(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.query(markPublishedSql, [ids])
}

export async function postponePublish(
  tx: Transaction,
  ids: readonly string[],
  delayMs: number,
): Promise<void> {
  if (ids.length > 0) await tx.query(postponePublishSql, [ids, delayMs])
}

const leaveUnpublishedSql = `
update inbox.dead_letter set publish_after = 'infinity' where id = any($1::bigint[])`

/** These stay in the table only, since their topic can never accept them. */
export async function leaveUnpublished(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.query(leaveUnpublishedSql, [ids])
}
