import type { ConsumedRecord } from '@relevo/kafka'
import { type EventIdentity, storableTime } from '../receivedRecord.ts'
import { digestRecord } from '../recordDigest.ts'
import type { Transaction } from '../transaction.ts'

const holdEventsSql = `
insert into inbox.held (consumer, topic, partition, key, kafka_offset, source, event_id, event_time, type,
  record_key, value, headers, record_time, digest, attempts, next_attempt_at, error,
  failed_at, unavailable_since)
select $1, $2, $3, r.key, r.kafka_offset, r.source, r.event_id, r.event_time, r.type,
  r.record_key, r.value, r.headers, to_timestamp(r.record_ms / 1000.0), r.digest, $15,
  clock_timestamp() + make_interval(secs => $16 / 1000.0), $17::text,
  case when $17::text is not null then clock_timestamp() end, case when $18::boolean then clock_timestamp() end
from unnest($4::text[], $5::bigint[], $6::text[], $7::uuid[], $8::timestamptz[], $9::text[], $10::bytea[],
  $11::bytea[], $12::json[], $13::bigint[], $14::bytea[]) with ordinality
  as r (key, kafka_offset, source, event_id, event_time, type, record_key, value, headers, record_ms, digest, place)
order by r.place
on conflict (consumer, topic, digest) do nothing`

export interface HeldRecord {
  readonly record: ConsumedRecord
  readonly identity: EventIdentity
}

export interface HoldOptions {
  readonly attempts: number
  readonly delayMs: number
  /** Null: it was not tried. */
  readonly error: string | null
  /** Whether its handler's dependency is away. */
  readonly unavailable?: boolean
}

/** Appends the events, which come from one partition, to the queues of their keys. */
export async function holdEvents(
  tx: Transaction,
  consumer: string,
  held: readonly HeldRecord[],
  options: HoldOptions,
): Promise<void> {
  const first = held[0]?.record
  if (!first) return
  await tx.query(holdEventsSql, [
    consumer,
    first.topic,
    first.partition,
    held.map(({ identity }) => identity.key),
    held.map(({ record }) => String(record.offset)),
    held.map(({ identity }) => identity.source),
    held.map(({ identity }) => identity.id),
    held.map(({ identity }) => identity.time.toISOString()),
    held.map(({ identity }) => identity.type),
    held.map(({ record }) => (record.key === null ? null : Buffer.from(record.key))),
    held.map(({ record }) => record.value),
    held.map(({ record }) => JSON.stringify(record.headers)),
    held.map(({ record }) => storableTime(record.timestamp)),
    held.map(({ record }) => digestRecord(record, true)),
    options.attempts,
    options.delayMs,
    options.error,
    options.unavailable ?? false,
  ])
}
