import type { EventRow } from '../sql/readEvents.ts'

/** An event as stored in the outbox. The payload is never parsed. */
export interface OutboxEvent {
  id: number
  shard: number
  eventId: string
  topic: string
  key: string
  partitionKey: string | null
  type: string
  /** JSON text of an object of strings. */
  headers: string | null
  /** JSON text. */
  payload: string
  /** As Postgres writes it in UTC, in microseconds: 2026-02-03 04:05:06.789012+00. */
  createdAt: string
}

/** When the event was recorded, as RFC 3339. */
export function timeOf({ createdAt }: OutboxEvent): string {
  return `${createdAt.slice(0, 10)}T${createdAt.slice(11, -3)}Z`
}

export function toOutboxEvent(row: EventRow): OutboxEvent {
  const [id, shard, eventId, topic, key, partitionKey, type, headers, payload, createdAt] = row
  return { id: Number(id), shard, eventId, topic, key, partitionKey, type, headers, payload, createdAt }
}
