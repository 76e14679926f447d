import { enqueue, type NewEvent, type Queryable } from '@relevo/outbox'
import type { DomainEvent, StoredEvent } from './event.ts'
import { explainError } from './eventStoreError.ts'
import { toStoredEvent } from './readStream.ts'
import { type ReplaySelection, readForReplay } from './sql/readForReplay.ts'
import type { Upcasters } from './upcast.ts'

export interface ReplayRequest extends ReplaySelection {
  /** The consumer group that they are for: the inboxes of others pass over them. */
  readonly group?: string | undefined
  /** The topic that they go to, in place of the events' own. */
  readonly topic?: string | undefined
  /** The `next` of the page before. */
  readonly after?: number | undefined
  /** Events at most; default 500. */
  readonly limit?: number | undefined
}

/** What one page has done; `next` is the `after` of the page that follows, if there is one. */
export interface ReplayPage {
  /** Events of the selection in this page. */
  readonly read: number
  /** Those of them that are published at all. */
  readonly published: number
  readonly next?: number
}

/** As a record's header: the time of the event, which is not that of its row in the outbox. */
const timeHeader = 'relevo_time'
/** As a record's header: the only consumer group that takes it. */
const groupHeader = 'relevo_group'

const defaultLimit = 500
const maxBytes = 4 << 20

/** How a store tells what an event is published as. */
export interface Publishing {
  readonly upcasters: Upcasters
  readonly toDrafts: (events: readonly StoredEvent<DomainEvent>[]) => readonly NewEvent[]
}

/**
 * Publishes a page of stored events once more, in the caller's transaction: by the outbox, under their ids, with their times, in their
 * order. An event that is recorded meanwhile need not be among them: it is published by itself.
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
