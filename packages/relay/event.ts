import type { EventRow } from './sql/readEvents.ts'

/** An event as the outbox holds it. The payload is never parsed. */
export interface OutboxEvent {
  id: number
  shard: number
  eventId: string
  topic: string
  key: string
  partitionKey: string | null
  type: string
  /** JSON text of an object of texts. */
  headers: string | null
  /** JSON text. */
  payload: string
  /** RFC 3339, in microseconds. */
  createdAt: string
}

export function toOutboxEvent(row: EventRow): OutboxEvent {
  const [id, shard, eventId, topic, key, partitionKey, type, headers, payload, createdAt] = row
  const time = `${createdAt.slice(0, 10)}T${createdAt.slice(11, -3)}Z`
  return { id: Number(id), shard, eventId, topic, key, partitionKey, type, headers, payload, createdAt: time }
}
