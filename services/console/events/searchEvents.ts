import { ServiceError } from '@relevo/kit'
import { z } from 'zod'
import type { Board } from '../sources/board.ts'
import type { Source } from '../sources/findSources.ts'
import type { Ask } from '../sources/serviceClient.ts'
import type { FoundEvents } from './eventSchemas.ts'
import { type EventQuery, searchOutbox, toShown } from './relayEvents.ts'
import { timeOfId } from './timeOfId.ts'
import type { TraceUrlOf } from './traceUrl.ts'

export interface EventSearch extends Omit<EventQuery, 'before'> {
  /** The `next_cursor` of the page before. */
  readonly cursor?: string | undefined
}

export interface SearchParts {
  readonly ask: Ask
  readonly board: Pick<Board, 'sources'>
  readonly traceUrl: TraceUrlOf
  /** Undefined: the viewer may not see contents. */
  readonly isMasked: ((field: string) => boolean) | undefined
}

/** An id is made at most so long before its event is recorded. */
const recordedWithinMs = 60_000

/** Searches every outbox and, on the first page, every consumer's dead letters. */
export async function searchEvents(parts: SearchParts, search: EventSearch): Promise<FoundEvents> {
  const { cursor, ...query } = search
  const { sources, silent } = await parts.board.sources()
  const places = cursor === undefined ? undefined : readCursor(cursor)
  const wanted = sources.filter(({ id, kind }) => kind === 'outbox' && (places === undefined || id in places))
  const [pages, letters] = await Promise.all([
    Promise.all(
      wanted.map((source) => searchOne(parts, source, { ...spanned(query), before: places?.[source.id] })),
    ),
    places === undefined ? searchLetters(parts, sources, query) : [],
  ])
  const more = pages.flatMap((page) => (page.next === undefined ? [] : [[page.outbox, page.next] as const]))
  return {
    events: pages.flatMap(({ events }) => events).sort((a, b) => b.recorded_at.localeCompare(a.recorded_at)),
    dead_letters: letters.flatMap((each) => each ?? []),
    searched: pages.flatMap(({ outbox, to, next, isSilent }) =>
      isSilent ? [] : [{ outbox, to: to ?? null, more: next !== undefined }],
    ),
    silent: [...silent, ...pages.flatMap(({ outbox, isSilent }) => (isSilent ? [outbox] : []))],
    ...(more.length > 0 && { next_cursor: writeCursor(Object.fromEntries(more)) }),
  }
}

/** An id of version 7 tells when it was made: nothing else has to be searched. */
function spanned(query: Omit<EventSearch, 'cursor'>): Omit<EventSearch, 'cursor'> {
  const at = query.eventId === undefined ? undefined : timeOfId(query.eventId)
  if (at === undefined || query.from !== undefined || query.to !== undefined) return query
  const near = (ms: number) => new Date(at + ms).toISOString()
  return { ...query, from: near(-recordedWithinMs), to: near(recordedWithinMs) }
}

async function searchOne(parts: SearchParts, source: Source, query: EventQuery) {
  try {
    const { events, searchedTo: to, next } = await searchOutbox(parts.ask, source, query)
    const shown = events.map((event) => toShown(source.id, event, parts))
    return { outbox: source.id, events: shown, to, next, isSilent: false }
  } catch {
    return { outbox: source.id, events: [], to: undefined, next: query.before, isSilent: true }
  }
}

const letters = z.object({
  dead_letters: z.array(
    z.object({
      group: z.string(),
      event_id: z.string().nullable(),
      type: z.string().nullable(),
      key: z.string().nullable(),
      state: z.string(),
      error: z.string(),
      dead_at: z.string(),
    }),
  ),
})

/** Dead letters know neither correlation nor the time of recording. */
async function searchLetters(
  { ask }: SearchParts,
  sources: readonly Source[],
  query: Omit<EventSearch, 'cursor'>,
) {
  const { eventId, key, type, topic, limit } = query
  if ([eventId, key, type].every((each) => each === undefined)) return []
  const consumers = sources.filter(({ kind }) => kind === 'consumer')
  return Promise.all(
    consumers.map(async ({ id: source, service, prefix }) => {
      const filter = { event_id: eventId, key, type, topic, limit, redriven: 'true' }
      const found = await ask(service, `${prefix}/dead-letters`, { query: filter }).catch(() => undefined)
      return letters.safeParse(found).data?.dead_letters.map((letter) => ({ source, ...letter }))
    }),
  )
}

const cursorForm = z.record(z.string().max(500), z.int().min(0))

function writeCursor(places: Readonly<Record<string, number>>): string {
  return Buffer.from(JSON.stringify(places)).toString('base64url')
}

function readCursor(text: string): Record<string, number> {
  try {
    return cursorForm.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch (cause) {
    throw new ServiceError('invalidRequest', 'This is not the cursor of a page.', { cause })
  }
}
