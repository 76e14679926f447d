import { validate as isUuid, v7 as uuidv7 } from 'uuid'
import type { NewEvent, Queryable, RecordedEvent } from './event.ts'
import { OutboxError } from './outboxError.ts'
import { enqueueEvent, enqueueEvents } from './sql/enqueueEvents.ts'
import { isStorable, storableJson } from './storableJson.ts'

/**
 * Records events in the caller's open transaction, in the order given and in one round trip.
 *
 * Call it late in the transaction: from here to its end it holds a lock on each event's key, which is what
 * keeps the events of a key in commit order. Two transactions that enqueue the same keys in several calls and
 * in different order can deadlock; Postgres then ends one of them with SQLSTATE 40P01, which is safe to retry.
 * @throws OutboxError when an event is not well formed or the outbox is not there; the errors of `client`.
 */
export async function enqueue(client: Queryable, events: readonly NewEvent[]): Promise<RecordedEvent[]> {
  const values = events.map(toValues)
  const [first] = values
  if (first === undefined) return []
  try {
    return values.length === 1 ? [await recordOne(client, first)] : await recordMany(client, values)
  } catch (error) {
    throw explain(error)
  }
}

async function recordOne(client: Queryable, values: EventValues): Promise<RecordedEvent> {
  const { rows } = await client.query(enqueueEvent, values)
  const [id, xid, shard, createdAt] = String(rows[0].recorded).split(' ') as [string, string, string, string]
  return {
    id: Number(id),
    eventId: values[0],
    xid: BigInt(xid),
    shard: Number(shard),
    createdAt: new Date(Number(createdAt)),
  }
}

async function recordMany(client: Queryable, values: readonly EventValues[]): Promise<RecordedEvent[]> {
  const columns = Array.from({ length: 7 }, (_, column) => values.map((event) => event[column]))
  const { rows } = await client.query(enqueueEvents, columns)
  return rows.map(toRecordedEvent)
}

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
    text(event.topic, 'topic'),
    event.key === undefined ? eventId : text(event.key, 'key'),
    event.partitionKey === undefined ? null : text(event.partitionKey, 'partitionKey'),
    text(event.type, 'type'),
    event.headers === undefined ? null : storableJson(checkHeaders(event.headers), "The event's headers"),
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

function checkHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(headers)) text(value, `header "${name}"`)
  return headers
}

interface EnqueuedRow {
  id: string
  xid: string
  shard: number
  event_id: string
  created_at: Date
}

function toRecordedEvent(row: EnqueuedRow): RecordedEvent {
  const { id, xid, shard, event_id: eventId, created_at: createdAt } = row
  return { id: Number(id), xid: BigInt(xid), shard, eventId, createdAt }
}

const advice: Record<string, ['notMigrated' | 'noPartition', string]> = {
  '3F000': ['notMigrated', 'This database has no schema "outbox". Run the migrations first.'],
  '42883': ['notMigrated', 'This database has no function outbox.enqueue. Run the migrations first.'],
  '23514': [
    'noPartition',
    'The outbox has no partition for today. Start a relay, or run: select outbox.ensure_partitions()',
  ],
}

function explain(error: unknown): unknown {
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : ''
  const [code, message] = advice[sqlState] ?? []
  return code && message ? new OutboxError(code, message, { cause: error }) : error
}
