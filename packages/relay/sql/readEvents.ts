import { windowStatements } from '@relevo/cursor'

export const eventColumns =
  'id, shard, event_id, topic, key, partition_key, type, headers::text, payload::text, created_at::text'

/** The events of the shards $2 in a window. Columns in the order of {@link EventRow}. */
export const eventWindows = windowStatements({
  name: 'relevo',
  table: 'outbox.event',
  id: 'id',
  columns: eventColumns,
  bytes: 'payload_bytes',
  filter: 'e.shard = any($2::smallint[])',
})

/** A row as an array, since that is read faster than an object. */
export type EventRow = [
  id: string,
  shard: number,
  eventId: string,
  topic: string,
  key: string,
  partitionKey: string | null,
  type: string,
  headers: string | null,
  payload: string,
  createdAt: string,
  /** In a page: is it what made it full by bytes? */
  fills?: true | null,
]
