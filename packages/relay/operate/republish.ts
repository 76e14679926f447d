import { wakeRelays } from '../sql/quarantineAdmin.ts'
import {
  abortRequest,
  countSpan,
  insertRequest,
  type RepublishSpan,
  type RequestRow,
  readRequests,
} from '../sql/republish.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import { audit } from './audit.ts'

export type { RepublishSpan }

/** The effect of publishing a span again. */
export interface RepublishPreview {
  readonly events: number
  readonly keys: number
  readonly shards: number
  /** When the first and the last of them were recorded; null if there are none. */
  readonly firstAt: Date | null
  readonly lastAt: Date | null
  /** Events of the span that are not sent yet, and will be sent anyway. */
  readonly pending: number
  /** Events of the span that wait in the quarantine, or were skipped or discarded there; they are left out. */
  readonly quarantined: number
  /** Set if the span reaches back to events that retention has dropped. */
  readonly dropped: { readonly before: Date | null; readonly beforeId: number | null } | undefined
  /** Requested event ids that are not in the outbox: dropped, or never recorded here. */
  readonly unknown: readonly string[]
  /** Events that the audit misses in the whole outbox. */
  readonly missing: number
}

/** Counts a span's events. Reads all of it. Errors: pg's. */
export async function previewRepublish(client: SqlClient, span: RepublishSpan): Promise<RepublishPreview> {
  const row = await countSpan(client, span)
  const missing = (await audit(client)).reduce((sum, { difference }) => sum + Math.max(0, difference), 0)
  const oldestId = row?.oldest_id == null ? null : Number(row.oldest_id)
  const oldest = { before: row?.oldest_day ?? null, beforeId: oldestId }
  return {
    events: Number(row?.events),
    keys: Number(row?.keys),
    shards: row?.shards ?? 0,
    firstAt: row?.first_at ?? null,
    lastAt: row?.last_at ?? null,
    pending: Number(row?.pending),
    quarantined: Number(row?.quarantined),
    dropped: Number(row?.dropped) > 0 && reachesBefore(span, oldest) ? oldest : undefined,
    unknown: row?.unknown ?? [],
    missing,
  }
}

/** Does a span begin before the oldest existing event? */
export function reachesBefore(
  { fromId, from }: RepublishSpan,
  oldest: { readonly before: Date | null; readonly beforeId: number | null },
): boolean {
  if (from !== undefined && oldest.before !== null && from >= oldest.before) return false
  return fromId === undefined || oldest.beforeId === null || fromId < oldest.beforeId
}

/**
 * Stores a request to publish a span again, for the relays that hold its shards. Its events are sent with their ids,
 * headers and source, in their order, after everything sent before.
 * @param settleAudit counts the events that the audit misses as acknowledged once these events are.
 * @returns the request's number; undefined if no published event is in the span. Errors: pg's.
 */
export async function requestRepublish(
  client: SqlClient,
  span: RepublishSpan,
  { settleAudit = false }: { readonly settleAudit?: boolean } = {},
): Promise<number | undefined> {
  const id = await insertRequest(client, span, settleAudit)
  // Without a wake-up, a relay finds it within ten seconds.
  if (id !== undefined) await query(client, wakeRelays).catch(() => {})
  return id
}

/** The progress of a request. */
export interface Republication {
  readonly id: number
  readonly requestedAt: Date
  readonly state: 'open' | 'done' | 'aborted'
  /** Events to be published again. */
  readonly events: number
  readonly published: number
  /** Those of them that Kafka rejected permanently. */
  readonly rejected: number
  /** Events that retention had dropped before their turn came; known at the end. */
  readonly gone: number
  readonly openShards: number
  readonly doneAt: Date | null
  readonly error: string | null
}

const mostListed = 100

/** The newest requests, at most 100. Errors: pg's. */
export async function listRepublications(client: SqlClient): Promise<Republication[]> {
  return (await readRequests(client, undefined, mostListed)).map(toRepublication)
}

/** Errors: pg's. */
export async function readRepublication(client: SqlClient, id: number): Promise<Republication | undefined> {
  return (await readRequests(client, id, 1)).map(toRepublication)[0]
}

/** Ends a request; a page in flight is finished. @returns whether there was something left to do. Errors: pg's. */
export function abortRepublication(client: SqlClient, id: number): Promise<boolean> {
  return abortRequest(client, id)
}

function toRepublication(row: RequestRow): Republication {
  const [events, published, rejected] = [Number(row.events), Number(row.published), Number(row.rejected)]
  const state = row.aborted_at ? 'aborted' : row.open_shards === 0 ? 'done' : 'open'
  return {
    id: Number(row.id),
    requestedAt: row.requested_at,
    state,
    events,
    published,
    rejected,
    gone: state === 'done' ? Math.max(0, events - published - rejected) : 0,
    openShards: row.open_shards,
    doneAt: row.done_at,
    error: row.error,
  }
}
