import { type Cursor, type PageBounds, readWindowPage, type Statement, type Window } from '@relevo/cursor'
import type { Lane } from '../cursor/lane.ts'
import { RelayError } from '../relayError.ts'
import { findOtherTopic } from '../sql/findOtherTopic.ts'
import { moveCursors, moveCursorsAndQuarantine, recordFailure } from '../sql/moveCursors.ts'
import { type EventRow, eventWindows } from '../sql/readEvents.ts'
import { query, queryArrays, type SqlClient } from '../sqlClient.ts'
import { type OutboxEvent, toOutboxEvent } from './event.ts'
import { heldPartition, type Prepared, type Refusal } from './publishEvents.ts'

/** Events of a window in order; `complete` if the window has no more after them. */
export interface Page {
  events: OutboxEvent[]
  complete: boolean
  /** Sends the events, which were encoded ahead. */
  prepared?: Prepared | undefined
}

/** Events counted by shard. */
export type ShardCounts = Map<number, number>

/** The outcome of events. */
export interface Outcome {
  acknowledged: ShardCounts
  refused: readonly Refusal[]
  behind: readonly OutboxEvent[]
}

/** A cursor to be stored for these shards under the epochs of their leases. */
export type LaneCursor = Cursor & Pick<Lane, 'shards'>

/** The events of the lane's window after `afterId`. */
export async function readPage(
  client: SqlClient,
  { published, shards }: Lane,
  window: Window,
  afterId: number,
  bounds: PageBounds,
): Promise<Page> {
  const read = (statement: Statement, values: unknown[]) => queryArrays<EventRow>(client, statement, values)
  const at = { published, window, afterId }
  const { rows, complete } = await readWindowPage(read, eventWindows, at, [...shards.keys()], bounds)
  const events = rows.map(toOutboxEvent)
  // The driver's result lives in the old generation for a while. Emptied, it does not keep the strings alive there,
  // which was most of the garbage collector's work.
  rows.length = 0
  return { events, complete }
}

const mostLookedAt = 100_000

/** Is there an event after the window's last id, due or new, that is for none of these topics? */
export async function isOtherTopicDue(
  client: SqlClient,
  lane: Lane,
  window: Window,
  topics: readonly string[],
): Promise<boolean> {
  const { snapshot, seq } = lane.published
  const [row] = await query<{ found: boolean }>(client, findOtherTopic, [
    seq,
    [...lane.shards.keys()],
    snapshot.text,
    [...snapshot.inProgress].map(String),
    topics,
    mostLookedAt,
    window.target.snapshot.text,
    window.lastId,
  ])
  return row?.found ?? false
}

/**
 * Stores the lane's in-memory cursor for the shards that had events in the outcome or, with
 * `all`, for every shard. @throws RelayError `leaseLost` if another relay has taken one of them.
 */
export async function storeOutcome(
  client: SqlClient,
  lane: LaneCursor,
  outcome: Outcome,
  options: { all?: boolean; firstRetryMs: number },
): Promise<void> {
  const { acknowledged } = outcome
  const quarantined = countByShard([...outcome.refused.map((refusal) => refusal.event), ...outcome.behind])
  const shards = [...lane.shards.keys()].filter(
    (shard) => options.all || acknowledged.has(shard) || quarantined.has(shard),
  )
  if (shards.length === 0) return
  const move = [
    shards,
    shards.map((shard) => String(lane.shards.get(shard))),
    shards.map((shard) => acknowledged.get(shard) ?? 0),
    shards.map((shard) => quarantined.get(shard) ?? 0),
    ...cursorValues(lane),
  ]
  const rows =
    quarantined.size === 0
      ? await query<{ shard: number }>(client, moveCursors, move)
      : await query<{ shard: number }>(client, moveCursorsAndQuarantine, [
          ...move,
          ...quarantineOf(outcome),
          options.firstRetryMs,
        ])
  assertStored(rows, shards)
}

/** Stores that the page up to `failingId` was not accepted, so that its events show as failing. */
export async function storeFailure(
  client: SqlClient,
  lane: Lane,
  failing: { shards: number[]; id: number; attempts: number; error: string },
): Promise<void> {
  const epochs = failing.shards.map((shard) => String(lane.shards.get(shard)))
  const values = [failing.shards, epochs, ...cursorValues(lane), failing.id, failing.attempts, failing.error]
  assertStored(await query<{ shard: number }>(client, recordFailure, values), failing.shards)
}

/** What statements that store a cursor take for it. */
export function cursorValues(lane: LaneCursor): unknown[] {
  const { published, window } = lane
  const target = window?.target
  return [
    published.snapshot.text,
    published.seq,
    target?.snapshot.text ?? null,
    target?.seq ?? null,
    window?.lastId ?? 0,
  ]
}

function quarantineOf(outcome: Outcome): unknown[] {
  const heads = outcome.refused
  return [
    [...heads.map(({ event }) => event.id), ...outcome.behind.map((event) => event.id)],
    heads.map(({ event }) => event.shard),
    heads.map(({ event }) => event.key),
    heads.map(({ event }) => event.id),
    heads.map(({ error }) => error.code),
    heads.map(({ error }) => error.message),
    heads.map(({ error }) => error.scope),
    heads.map(({ event }) => event.topic),
    heads.map(({ error }) => heldPartition(error)),
  ]
}

/** Counts events by shard, on top of what was counted before. */
export function countByShard(events: readonly OutboxEvent[], counts: ShardCounts = new Map()): ShardCounts {
  for (const { shard } of events) counts.set(shard, (counts.get(shard) ?? 0) + 1)
  return counts
}

function assertStored(rows: readonly { shard: number }[], shards: readonly number[]): void {
  if (rows.length < shards.length)
    throw new RelayError('leaseLost', 'Another relay has taken a shard; its events were not counted twice.')
}
