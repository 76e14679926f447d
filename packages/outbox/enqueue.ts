import { withOriginHeaders } from '@relevo/origin'
import { validate as isUuid, v7 as uuidv7 } from 'uuid'
import type { NewEvent, Queryable, RecordedEvent } from './event.ts'
import { explainError } from './explainError.ts'
import { OutboxError } from './outboxError.ts'
import { enqueueEvent, enqueueEvents } from './sql/enqueueEvents.ts'
import { isStorable, storableJson } from './storableJson.ts'

/**
 * Records events in the caller's open transaction, in the order given and in one round trip, with their cause.
 *
 * Call it late in the transaction, which from here on holds a lock on each event's key: these locks
 * keep the events of a key in commit order. Two transactions that enqueue the same keys in several calls and
 * in different order can deadlock; Postgres then aborts one of them with SQLSTATE 40P01, which is safe to retry.
 * @throws OutboxError if an event is malformed or the outbox is missing; the errors of `client`.
 */
export async function enqueue(client: Queryable, events: readonly NewEvent[]): Promise<RecordedEvent[]> {
  const values = events.map(toValues)
  const [first] = values
  if (first === undefined) return []
  try {
    return values.length === 1 ? [await recordOne(client, first)] : await recordMany(client, values)
  } catch (error) {
    throw explainError(error)
  }
}

async function recordOne(client: Queryable, values: EventValues): Promise<RecordedEvent> {
  const { rows } = await client.query(enqueueEvent, values)
  return toRecordedEvent(values[0], rows[0])
}

async function recordMany(client: Queryable, values: readonly EventValues[]): Promise<RecordedEvent[]> {
  const columns = Array.from({ length: 7 }, (_, column) => values.map((event) => event[column]))
  const { rows } = await client.query(enqueueEvents, columns)
  return values.map(([eventId], i) => toRecordedEvent(eventId, rows[i]))
}

function toRecordedEvent(eventId: string, row: { readonly recorded: unknown }): RecordedEvent {
  const [id, xid, shard, createdAt] = String(row.recorded).split(' ') as [string, string, string, string]
  return {
    id: Number(id),
    eventId,
    xid: BigInt(xid),
    shard: Number(shard),
    createdAt: new Date(Number(createdAt)),
  }
}

/** The limits of outbox.check_event, which also checks the size of the whole event: Kafka's topics, and ce_type. */
const mostTopicBytes = 249
const mostHeaders = 100
const mostNameBytes = 256
const mostValueBytes = 8_192

/** In the order of outbox.enqueue's parameters. */
type EventValues = [
  eventId: string,
  topic: string,
  key: string,
  partitionKey: string | null,
  type: string,
  headers: string | null,
  payload: string,
]

function toValues(event: NewEvent): EventValues {
  const eventId = event.eventId ?? uuidv7()
  if (!isUuid(eventId))
    throw new OutboxError('invalidEvent', `The event's id must be a UUID, not "${eventId}".`)
  return [
    eventId,
    boundedText(event.topic, 'topic', mostTopicBytes),
    event.key === undefined ? eventId : text(event.key, 'key'),
    event.partitionKey === undefined ? null : text(event.partitionKey, 'partitionKey'),
    boundedText(event.type, 'type', mostValueBytes),
    headersText(event.headers, eventId),
    storableJson(event.payload, "The event's payload"),
  ]
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '')
    throw new OutboxError('invalidEvent', `The event's ${field} must be a text that is not empty.`)
  if (!isStorable(value))
    throw new OutboxError('unstorable', `The event's ${field} holds U+0000 or a lone surrogate. Remove it.`)
  return value
}

function boundedText(value: unknown, field: string, mostBytes: number): string {
  const checked = text(value, field)
  if (Buffer.byteLength(checked) > mostBytes)
    throw new OutboxError('invalidEvent', `The event's ${field} is longer than ${mostBytes} bytes.`)
  return checked
}

function headersText(own: unknown, eventId: string): string | null {
  if (own !== undefined && (typeof own !== 'object' || own === null || Array.isArray(own)))
    throw new OutboxError('invalidEvent', "The event's headers must be an object of texts.")
  const headers = withOriginHeaders({ eventId, headers: own as NewEvent['headers'] })
  if (headers === undefined) return null
  const entries = Object.entries(headers)
  if (entries.length > mostHeaders)
    throw new OutboxError('invalidEvent', `The event has more than ${mostHeaders} headers.`)
  for (const [name, value] of entries) checkHeader(name, value)
  return storableJson(headers, "The event's headers")
}

function checkHeader(name: string, value: unknown): void {
  if (typeof value !== 'string')
    throw new OutboxError('invalidEvent', `The event's header "${name.slice(0, 50)}" must be a text.`)
  if (Buffer.byteLength(name) > mostNameBytes || Buffer.byteLength(value) > mostValueBytes)
    throw new OutboxError(
      'invalidEvent',
      `The event's header "${name.slice(0, 50)}" is too long: names have at most ${mostNameBytes} bytes, values ${mostValueBytes}.`,
    )
}
