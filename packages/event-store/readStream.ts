import type { Queryable } from '@relevo/outbox'
import type { DomainEvent, EventMetadata, StoredEvent } from './event.ts'
import { explainError } from './eventStoreError.ts'
import { type EventRow, readEventRows } from './sql/readStream.ts'
import { type Upcasters, upcast } from './upcast.ts'

export interface ReadOptions {
  /** Only events above this version; default 0: all. */
  readonly after?: number
  /** Only events up to this version; default: all. */
  readonly upTo?: number
  /** Maximum number of events; default 500. */
  readonly limit?: number
  /** A page ends with the event that brings it to this many bytes; default 4 MiB. */
  readonly maxBytes?: number
  readonly upcasters?: Upcasters
}

/** Events in the order of their versions; `next` is the `after` of the following page, if there is one. */
export interface StreamPage<Event extends DomainEvent> {
  readonly events: StoredEvent<Event>[]
  readonly next?: number
}

const defaultLimit = 500
const defaultMaxBytes = 4 << 20

/**
 * Reads a page of a stream, oldest first; a missing stream has no events.
 * @throws EventStoreError `notMigrated`; the errors of `client` and of upcasters.
 */
export async function readStream<Event extends DomainEvent = DomainEvent>(
  client: Queryable,
  stream: string,
  options: ReadOptions = {},
): Promise<StreamPage<Event>> {
  const { after = 0, upTo = null, limit = defaultLimit, maxBytes = defaultMaxBytes, upcasters = {} } = options
  const range = { after, upTo, limit: limit + 1, maxBytes }
  const { rows, found } = await readEventRows(client, stream, range).catch((error) => {
    throw explainError(error)
  })
  const events = rows.slice(0, limit).map((row) => toStoredEvent<Event>(stream, row, upcasters))
  const last = events.at(-1)
  return last && events.length < found ? { events, next: last.version } : { events }
}

/** Every event of a stream above a version, page by page. Errors: those of {@link readStream}. */
export async function* eachEvent<Event extends DomainEvent>(
  client: Queryable,
  stream: string,
  options: Pick<ReadOptions, 'after' | 'upTo' | 'upcasters'>,
): AsyncGenerator<StoredEvent<Event>> {
  let after: number | undefined = options.after ?? 0
  while (after !== undefined) {
    const page: StreamPage<Event> = await readStream<Event>(client, stream, { ...options, after })
    yield* page.events
    after = page.next
  }
}

/** Converts a row to an event in its current form; the caller vouches for the stream's event types. */
export function toStoredEvent<Event extends DomainEvent>(
  stream: string,
  row: EventRow,
  upcasters: Upcasters,
): StoredEvent<Event> {
  const stored = upcast({ type: row.type, data: JSON.parse(row.data) }, upcasters) as Event
  return {
    ...stored,
    stream,
    version: Number(row.version),
    seq: Number(row.seq),
    eventId: row.event_id,
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as EventMetadata),
    recordedAt: new Date(Number(row.recorded_ms)),
  }
}
