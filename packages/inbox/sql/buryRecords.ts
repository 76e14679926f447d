import type { ConsumedRecord } from '@relevo/kafka'
import { type DeadLetterReason, type EventIdentity, storableTime } from '../receivedRecord.ts'
import type { Transaction } from '../transaction.ts'

// A record that was redriven and failed again is given up anew. Another delivery of it changes nothing.
const buryRecordsSql = `
insert into inbox.dead_letter (consumer, topic, partition, kafka_offset, key, value, headers, record_time,
  event_id, event_time, type, ordering_key, reason, error, attempts)
select $1, r.topic, r.partition, r.kafka_offset, r.key, r.value, r.headers, to_timestamp(r.record_ms / 1000.0),
  r.event_id, r.event_time, r.type, r.ordering_key, r.reason, r.error, r.attempts
from unnest($2::text[], $3::integer[], $4::bigint[], $5::bytea[], $6::bytea[], $7::json[], $8::bigint[], $9::uuid[],
  $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[])
  as r (topic, partition, kafka_offset, key, value, headers, record_ms, event_id, event_time, type, ordering_key,
    reason, error, attempts)
on conflict (consumer, topic, partition, kafka_offset) do update set
  reason = excluded.reason, error = excluded.error, attempts = excluded.attempts, dead_at = clock_timestamp(),
  published_at = null, publish_after = clock_timestamp(), redriven_at = null
where dead_letter.redriven_at is not null
returning reason`

export interface DeadRecord {
  readonly record: ConsumedRecord
  readonly identity: EventIdentity | undefined
  readonly reason: DeadLetterReason
  readonly error: string
  readonly attempts: number
}

/** Stores the records as dead letters and returns the reasons of those that were not dead letters before. */
export async function buryRecords(
  tx: Transaction,
  consumer: string,
  dead: readonly DeadRecord[],
): Promise<DeadLetterReason[]> {
  if (dead.length === 0) return []
  const { rows } = await tx.query<{ reason: DeadLetterReason }>(buryRecordsSql, [
    consumer,
    dead.map(({ record }) => record.topic),
    dead.map(({ record }) => record.partition),
    dead.map(({ record }) => String(record.offset)),
    dead.map(({ record }) => (record.key === null ? null : Buffer.from(record.key))),
    dead.map(({ record }) => record.value),
    dead.map(({ record }) => JSON.stringify(record.headers)),
    dead.map(({ record }) => storableTime(record.timestamp)),
    dead.map(({ identity }) => identity?.id ?? null),
    dead.map(({ identity }) => identity?.time.toISOString() ?? null),
    dead.map(({ identity }) => identity?.type ?? null),
    dead.map(({ identity }) => identity?.key ?? null),
    dead.map(({ reason }) => reason),
    dead.map(({ error }) => error),
    dead.map(({ attempts }) => attempts),
  ])
  return rows.map(({ reason }) => reason)
}
