import type { ConsumedRecord } from '@relevo/kafka'
import { type DeadLetterReason, type EventIdentity, storableTime } from '../receivedRecord.ts'
import { digestRecord } from '../recordDigest.ts'
import type { Transaction } from '../transaction.ts'

// A record that was redriven and failed again is given up again. A further delivery changes nothing.
const buryRecordsSql = `
insert into inbox.dead_letter (consumer, topic, partition, kafka_offset, key, value, headers, record_time, digest,
  source, event_id, event_time, type, ordering_key, reason, error, attempts)
select $1, r.topic, r.partition, r.kafka_offset, r.key, r.value, r.headers, to_timestamp(r.record_ms / 1000.0),
  r.digest, r.source, r.event_id, r.event_time, r.type, r.ordering_key, r.reason, r.error, r.attempts
from unnest($2::text[], $3::integer[], $4::bigint[], $5::bytea[], $6::bytea[], $7::json[], $8::bigint[], $9::bytea[],
  $10::text[], $11::uuid[], $12::timestamptz[], $13::text[], $14::text[], $15::text[], $16::text[], $17::integer[])
  as r (topic, partition, kafka_offset, key, value, headers, record_ms, digest, source, event_id, event_time, type,
    ordering_key, reason, error, attempts)
on conflict (consumer, topic, digest) do update set
  reason = excluded.reason, error = excluded.error, attempts = excluded.attempts, dead_at = clock_timestamp(), published_at = null, publish_after = clock_timestamp(), redriven_at = null
where dead_letter.redriven_at is not null
returning id::text, topic, partition, kafka_offset::text as offset, event_id as "eventId", type, reason, attempts`

export interface DeadRecord {
  readonly record: ConsumedRecord
  readonly identity: EventIdentity | undefined
  readonly reason: DeadLetterReason
  readonly error: string
  readonly attempts: number
}

/** A record that has just become a dead letter. */
export interface Buried {
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly eventId: string | null
  readonly type: string | null
  readonly reason: DeadLetterReason
  readonly attempts: number
}

/** Stores the records as dead letters and returns those that were not dead letters before. */
export async function buryRecords(
  tx: Transaction,
  consumer: string,
  dead: readonly DeadRecord[],
): Promise<Buried[]> {
  const letters = [...new Map(dead.map((letter) => [digestOf(letter).toString('hex'), letter])).values()]
  if (letters.length === 0) return []
  const { rows } = await tx.query<Buried>(buryRecordsSql, [
    consumer,
    letters.map(({ record }) => record.topic),
    letters.map(({ record }) => record.partition),
    letters.map(({ record }) => String(record.offset)),
    letters.map(({ record }) => (record.key === null ? null : Buffer.from(record.key))),
    letters.map(({ record }) => record.value),
    letters.map(({ record }) => JSON.stringify(record.headers)),
    letters.map(({ record }) => storableTime(record.timestamp)),
    letters.map(digestOf),
    letters.map(({ identity }) => identity?.source ?? null),
    letters.map(({ identity }) => identity?.id ?? null),
    letters.map(({ identity }) => identity?.time.toISOString() ?? null),
    letters.map(({ identity }) => identity?.type ?? null),
    letters.map(({ identity }) => identity?.key ?? null),
    letters.map(({ reason }) => reason),
    letters.map(({ error }) => error),
    letters.map(({ attempts }) => attempts),
  ])
  return rows
}

function digestOf({ record, identity }: DeadRecord): Buffer {
  return digestRecord(record, identity !== undefined)
}
