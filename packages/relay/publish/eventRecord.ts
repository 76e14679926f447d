import type { OutgoingRecord } from '@relevo/kafka'
import { type OutboxEvent, timeOf } from './event.ts'

/**
 * An event as a Kafka record: CloudEvents 1.0 in the binary content mode of its Kafka binding. The record's time is
 * the time of sending, so that retention and the broker's timestamp checks do not depend on when, and by which
 * clock, the event was recorded; `ce_time` has that.
 * @throws TypeError if the headers are not an object of strings.
 */
export function eventRecord(event: OutboxEvent, source: string): OutgoingRecord {
  const { [replayedTime]: replayed, ...headers } =
    (event.headers === null ? null : parseHeaders(event.headers)) ?? {}
  return {
    topic: event.topic,
    key: event.key,
    value: event.payload,
    headers: {
      // An event without a cause starts its own correlation.
      ce_correlationid: event.eventId,
      ...headers,
      ce_specversion: '1.0',
      ce_id: event.eventId,
      ce_type: event.type,
      ce_source: source,
      ce_time: replayed ?? timeOf(event),
      ce_outboxid: String(event.id),
      'content-type': 'application/json',
    },
    ...(event.partitionKey !== null && { partitionKey: event.partitionKey }),
  }
}

/** For a replayed event: when it was first recorded. */
const replayedTime = 'relevo_time'

function parseHeaders(text: string): Readonly<Record<string, string>> | null {
  const headers: unknown = JSON.parse(text)
  if (headers === null) return null
  if (typeof headers !== 'object' || Array.isArray(headers))
    throw new TypeError('its headers are not a JSON object')
  for (const [name, value] of Object.entries(headers))
    if (typeof value !== 'string') throw new TypeError(`its header ${JSON.stringify(name)} is not a text`)
  return headers as Record<string, string>
}
