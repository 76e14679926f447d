import type { DomainEvent, StoredEvent } from './event.ts'
import { toStoredEvent } from './readStream.ts'
import type { BlockCode, NewBlock } from './sql/blockedStreams.ts'
import type { EventRow } from './sql/readStream.ts'
import { fateOf, type Subscription } from './subscription.ts'
import type { Upcasters } from './upcast.ts'

export type StreamRow = EventRow & { readonly stream: string }

/** A sorted page. */
export interface SortedPage {
  /** To be applied, in this order. */
  readonly events: StoredEvent[]
  /** Streams that stop here, and those stopped before of which the page has more events. */
  readonly blocks: NewBlock[]
}

/** How streams are read by a subscription. */
export interface Reading {
  readonly subscription: Pick<Subscription, 'types' | 'ignores'>
  readonly upcasters: Upcasters
}

const mostErrorText = 2_000

/** Why an event stops its stream; undefined when it does not. */
export function blockOf(row: StreamRow, code: BlockCode, error: unknown): NewBlock {
  const version = Number(row.version)
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const stored = text.slice(0, mostErrorText).replaceAll('\0', '\uFFFD').toWellFormed()
  return {
    stream: row.stream,
    nextVersion: version,
    passedVersion: version,
    type: row.type,
    code,
    error: stored,
  }
}

/** Reads an event: one to apply, undefined for one to ignore, or why its stream stops. */
export function readRow(
  row: StreamRow,
  { subscription, upcasters }: Reading,
): { event: StoredEvent<DomainEvent> | undefined } | { block: NewBlock } {
  let event: StoredEvent
  try {
    event = toStoredEvent(row.stream, row, upcasters)
  } catch (error) {
    return { block: blockOf(row, 'upcastFailed', error) }
  }
  const fate = fateOf(subscription, event.type)
  if (fate === 'apply') return { event }
  if (fate === 'ignore') return { event: undefined }
  const advice = `The type "${event.type}" is not known here. Apply it, ignore it or upcast it.`
  return { block: blockOf(row, 'unknownEvent', advice) }
}

/** Sorts a page: events to apply, and events that wait behind one that cannot be applied, in or before the page. */
export function sortPage(
  rows: readonly StreamRow[],
  reading: Reading,
  blocked: ReadonlyMap<string, NewBlock>,
): SortedPage {
  const events: StoredEvent[] = []
  const blocks = new Map<string, NewBlock>()
  for (const row of rows) {
    const block = blocks.get(row.stream) ?? blocked.get(row.stream)
    if (block) {
      blocks.set(row.stream, { ...block, passedVersion: Number(row.version) })
      continue
    }
    const read = readRow(row, reading)
    if ('block' in read) blocks.set(row.stream, read.block)
    else if (read.event) events.push(read.event)
  }
  return { events, blocks: [...blocks.values()] }
}
