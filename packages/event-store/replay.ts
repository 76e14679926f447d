import { enqueue, type NewEvent, type Queryable } from '@relevo/outbox'
import type { DomainEvent, StoredEvent } from './event.ts'
import { explainError } from './eventStoreError.ts'
import { toStoredEvent } from './readStream.ts'
import { type ReplaySelection, readForReplay } from './sql/readForReplay.ts'
import type { Upcasters } from './upcast.ts'

export interface ReplayRequest extends ReplaySelection {
  /** The only consumer group to receive them: the inboxes of others skip them. */
  readonly group?: string | undefined
  /** Their topic, instead of the events' own. */
  readonly topic?: string | undefined
  /** The `next` of the previous page. */
  readonly after?: number | undefined
  /** Maximum number of events; default 500. */
  readonly limit?: number | undefined
}

/** The result of a page; `next` is the `after` of the following page, if there is one. */
export interface ReplayPage {
  /** Events of the selection in this page. */
  readonly read: number
  /** Those of them that the store publishes. */
  readonly published: number
  readonly next?: number
}

/** Header of a record: the event's time, which differs from that of its outbox row. */
const timeHeader = 'relevo_time'
/** Header of a record: the only consumer group that takes it. */
const groupHeader = 'relevo_group'

const defaultLimit = 500
const maxBytes = 4 << 20

/** Converts an event to its published form. */
export interface Publishing {
  readonly upcasters: Upcasters
  readonly toDrafts: (events: readonly StoredEvent<DomainEvent>[]) => readonly NewEvent[]
}

/**
 * Publishes a page of stored events once more, in the caller's transaction: through the outbox, with their ids and times, in
 * order. Events recorded meanwhile may be missing from it: they are published anyway.
 * @throws EventStoreError `notMigrated`; OutboxError; the errors of `client`.
 */
export async function replayPage(
  client: Queryable,
  { group, topic, after = 0, limit = defaultLimit, ...selection }: ReplayRequest,
  { upcasters, toDrafts }: Publishing,
): Promise<ReplayPage> {
  const bounds = { after, limit: limit + 1, maxBytes }
  const { rows, found } = await readForReplay(client, selection, bounds).catch((error) => {
    throw explainError(error)
  })
  const events = rows.slice(0, limit).map((row) => toStoredEvent<DomainEvent>(row.stream, row, upcasters))
  const again = events.flatMap((event) =>
    toDrafts([event]).map((draft) => ({
      ...draft,
      ...(topic !== undefined && { topic }),
      headers: {
        ...draft.headers,
        [timeHeader]: event.recordedAt.toISOString(),
        ...(group !== undefined && { [groupHeader]: group }),
      },
    })),
  )
  await enqueue(client, again)
  const last = events.at(-1)
  const page = { read: events.length, published: again.length }
  return last && events.length < found ? { ...page, next: last.seq } : page
}
