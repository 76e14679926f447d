import { isStorable, type NewEvent, OutboxError, type Queryable, storableJson } from '@relevo/outbox'
import { validate as isUuid, v7 as uuidv7 } from 'uuid'
import type { DomainEvent, EventData, ExpectedVersion, StoredEvent } from './event.ts'
import { EventStoreError, explainError } from './eventStoreError.ts'
import { eachEvent } from './readStream.ts'
import { type AppendedRow, type AppendValues, insertEvents } from './sql/appendEvents.ts'
import { findCommand } from './sql/readStream.ts'
import type { Upcasters } from './upcast.ts'

/**
 * `appended`: the stream is now at `version`. `repeated`: the command's events were appended before; they are returned
 * unchanged, and nothing is appended. `conflict`: the stream is at `version`, and nothing is appended.
 */
export type AppendResult<Event extends DomainEvent = DomainEvent> =
  | {
      readonly outcome: 'appended' | 'repeated'
      readonly version: number
      readonly events: StoredEvent<Event>[]
    }
  | { readonly outcome: 'conflict'; readonly version: number }

export interface AppendOptions {
  /** A UUID of the command that causes the events: appending for it a second time has no effect. */
  readonly commandId?: string | undefined
  /**
   * Records what the store publishes of the events, in this transaction; default: the outbox. Replace it to record more in the
   * same call. On a pipelined connection its statements go out together with those of the inline projections.
   */
  readonly record?: ((events: readonly NewEvent[]) => Promise<unknown>) | undefined
  /** For the events of a command that is repeated. */
  readonly upcasters?: Upcasters
}

const mostEvents = 1_000
const mostStreamBytes = 256
const mostTypeBytes = 256
/** Limit of data and metadata together: an outbox's default limit. */
const mostEventBytes = 1_000_000

/**
 * Appends events to a stream in the caller's transaction, if it is at the expected version. The events get their numbers and
 * versions at once; others see them once the transaction has committed.
 *
 * It waits for an open transaction that has appended to the same stream. Two transactions that append to the same streams in
 * different order can deadlock; Postgres then aborts one of them with SQLSTATE 40P01, which is safe to retry. In a transaction
 * with REPEATABLE READ or stricter, a conflict with a younger one is SQLSTATE 40001 instead of a result.
 * @throws EventStoreError if an event is malformed or the store is missing; the errors of `client`.
 */
export async function append<Event extends DomainEvent>(
  client: Queryable,
  stream: string,
  expectedVersion: ExpectedVersion,
  events: readonly EventData<Event>[],
  options: AppendOptions = {},
): Promise<AppendResult<Event>> {
  const values = toValues(stream, expectedVersion, events, options)
  const row = await insertEvents(client, values).catch((error) => {
    throw explainError(error)
  })
  if (row.outcome === 'conflict') return { outcome: 'conflict', version: row.version }
  if (row.outcome === 'repeated') return readRepeated<Event>(client, stream, row.version, options)
  return { outcome: 'appended', version: row.version, events: toStoredEvents(values, events, row) }
}

async function readRepeated<Event extends DomainEvent>(
  client: Queryable,
  stream: string,
  version: number,
  { commandId = '', upcasters = {} }: AppendOptions,
): Promise<AppendResult<Event>> {
  const found = await findCommand(client, stream, commandId)
  const events: StoredEvent<Event>[] = []
  if (found) {
    const range = { after: found.first - 1, upTo: found.last, upcasters }
    for await (const event of eachEvent<Event>(client, stream, range)) events.push(event)
  }
  return { outcome: 'repeated', version, events }
}

function toStoredEvents<Event extends DomainEvent>(
  values: AppendValues,
  events: readonly EventData<Event>[],
  row: AppendedRow,
): StoredEvent<Event>[] {
  return events.map((event, index) => ({
    ...event,
    // As it will be read back: JSON has no Date and no undefined members.
    data: JSON.parse(values.data[index] ?? 'null'),
    stream: values.stream,
    version: row.firstVersion + index,
    seq: row.seqs[index] ?? 0,
    eventId: values.eventIds[index] ?? '',
    metadata: event.metadata ?? null,
    recordedAt: row.recordedAt,
  }))
}

function toValues(
  stream: string,
  expectedVersion: ExpectedVersion,
  events: readonly EventData[],
  { commandId }: AppendOptions,
): AppendValues {
  if (events.length === 0 || events.length > mostEvents)
    throw new EventStoreError(
      'invalidEvent',
      `Append 1 to ${mostEvents} events at once, not ${events.length}.`,
    )
  if (expectedVersion !== 'any' && !(Number.isSafeInteger(expectedVersion) && expectedVersion >= 0))
    throw new EventStoreError('invalidEvent', `The expected version must be 0 or above, or 'any'.`)
  const metadata = events.map((event) => (event.metadata ? json(event.metadata, 'metadata') : null))
  const data = events.map((event) => json(event.data, 'data'))
  for (const [index, text] of data.entries()) checkSize(text, metadata[index] ?? '')
  return {
    stream: boundedText(stream, 'stream', mostStreamBytes),
    expected: expectedVersion === 'any' ? null : expectedVersion,
    eventIds: events.map((event) => uuid(event.eventId ?? uuidv7(), "The event's id")),
    types: events.map((event) => boundedText(event.type, 'type', mostTypeBytes)),
    data,
    metadata,
    commandId: commandId === undefined ? null : uuid(commandId, "The command's id"),
  }
}

function uuid(value: string, what: string): string {
  if (isUuid(value)) return value
  throw new EventStoreError('invalidEvent', `${what} must be a UUID, not "${value}".`)
}

function boundedText(value: unknown, field: string, mostBytes: number): string {
  if (typeof value !== 'string' || value === '' || Buffer.byteLength(value) > mostBytes)
    throw new EventStoreError(
      'invalidEvent',
      `The event's ${field} must be a text of 1 to ${mostBytes} bytes.`,
    )
  if (!isStorable(value))
    throw new EventStoreError(
      'unstorable',
      `The event's ${field} holds U+0000 or a lone surrogate. Remove it.`,
    )
  return value
}

function json(value: unknown, field: string): string {
  try {
    return storableJson(value, `The event's ${field}`)
  } catch (error) {
    if (!(error instanceof OutboxError)) throw error
    const code = error.code === 'unstorable' ? 'unstorable' : 'invalidEvent'
    throw new EventStoreError(code, error.message, { cause: error })
  }
}

function checkSize(data: string, metadata: string): void {
  const size = Buffer.byteLength(data) + Buffer.byteLength(metadata)
  if (size <= mostEventBytes) return
  throw new EventStoreError(
    'tooLarge',
    `The event has ${size} bytes of data and metadata; the limit is ${mostEventBytes}. Keep large things elsewhere, by reference.`,
  )
}
