import type { OutgoingRecord } from '@relevo/kafka'
import { type OutboxEvent, timeOf } from './event.ts'

/** An event as a Kafka record: CloudEvents 1.0 in the binary content mode of its Kafka binding. */
export function eventRecord(event: OutboxEvent, source: string): OutgoingRecord {
  const time = timeOf(event)
  return {
    topic: event.topic,
    key: event.key,
    value: event.payload,
    timestamp: Date.parse(time),
    headers: {
      ...(event.headers === null ? undefined : (JSON.parse(event.headers) as Record<string, string>)),
      ce_specversion: '1.0',
      ce_id: event.eventId,
      ce_type: event.type,
      ce_source: source,
      ce_time: time,
      ce_outboxid: String(event.id),
      'content-type': 'application/json',
    },
    ...(event.partitionKey !== null && { partitionKey: event.partitionKey }),
  }
}
