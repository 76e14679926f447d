import type { ConsumedRecord } from '@relevo/kafka'
import { type EventIdentity, storableTime } from '../receivedRecord.ts'
import { digestRecord } from '../recordDigest.ts'
import { isDeadSql, type SqlClient } from './deadLetterFilter.ts'

const replaceDeadLetterSql = `
with replaced as (
  update inbox.dead_letter set discarded_at = clock_timestamp(), note = $2, replaced_by = $3
  where id = $1 and ${isDeadSql}
  returning *
)
insert into inbox.held (consumer, topic, partition, key, kafka_offset, source, event_id, event_time, type, record_key,
  value, headers, record_time, digest)
select consumer, topic, partition, $4, kafka_offset, $5, $3, $6, $7, key, $8, $9, to_timestamp($10 / 1000.0), $11
from replaced
returning position`

export interface Replacement {
  readonly record: ConsumedRecord
  readonly identity: EventIdentity
}

/** Discards a dead letter and holds its replacement at the end of its key's queue; false: it is no longer dead. */
export async function insertReplacement(
  client: SqlClient,
  id: string,
  { record, identity }: Replacement,
  note: string,
): Promise<boolean> {
  const { rows } = await client.query(replaceDeadLetterSql, [
    id,
    note,
    identity.id,
    identity.key,
    identity.source,
    identity.time.toISOString(),
    identity.type,
    record.value,
    JSON.stringify(record.headers),
    storableTime(record.timestamp),
    digestRecord(record, true),
  ])
  return rows.length > 0
}
