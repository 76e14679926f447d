import type { Queryable } from '@relevo/outbox'
import type { EventRow } from './readStream.ts'

const selected = `
($1::text is null or stream = $1) and ($2::text[] is null or type = any($2))
  and ($3::text is null or recorded_at >= $3::timestamptz) and ($4::text is null or recorded_at < $4::timestamptz)`

/** Events behind the number $5, at most $6, cut behind the one that reaches $7 bytes. */
const selectEvents = `
select stream, seq::text, version::text, event_id::text, type, data::text, metadata::text, found::text,
  trunc(extract(epoch from recorded_at) * 1000)::text as recorded_ms
from (
  select e.*, count(*) over () as found, sum(e.bytes) over (order by e.seq rows unbounded preceding) as total
  from (
    select * from event_store.event where seq > $5::text::bigint and ${selected}
    order by event_store.event.seq limit $6::text::integer
  ) e
) e
where total - bytes < $7::text::bigint
order by e.seq`

const countEvents = `
select count(*)::text as events, count(distinct stream)::text as streams,
  trunc(extract(epoch from min(recorded_at)) * 1000)::text as first_ms,
  trunc(extract(epoch from max(recorded_at)) * 1000)::text as last_ms
from event_store.event where ${selected}`

/** Selects events; conditions that are not given match all. */
export interface ReplaySelection {
  readonly stream?: string | undefined
  readonly types?: readonly string[] | undefined
  /** Recorded from then on. */
  readonly from?: Date | undefined
  /** Recorded before then. */
  readonly to?: Date | undefined
}

export interface ReplayRow extends EventRow {
  readonly stream: string
}

/** The first events of the selection behind a number, and how many there are up to the limit. Errors: the client's. */
export async function readForReplay(
  client: Queryable,
  selection: ReplaySelection,
  { after, limit, maxBytes }: { readonly after: number; readonly limit: number; readonly maxBytes: number },
): Promise<{ rows: ReplayRow[]; found: number }> {
  const values = [...valuesOf(selection), String(after), String(limit), String(maxBytes)]
  const { rows } = await client.query(selectEvents, values)
  return { rows, found: Number(rows[0]?.found ?? 0) }
}

export interface ReplayCount {
  readonly events: number
  readonly streams: number
  readonly firstAt: Date | undefined
  readonly lastAt: Date | undefined
}

/** Counts the selection. Errors: the client's. */
export async function countForReplay(client: Queryable, selection: ReplaySelection): Promise<ReplayCount> {
  const { rows } = await client.query(countEvents, valuesOf(selection))
  const { events, streams, first_ms: first, last_ms: last } = rows[0]
  const timeOf = (ms: string | null) => (ms === null ? undefined : new Date(Number(ms)))
  return { events: Number(events), streams: Number(streams), firstAt: timeOf(first), lastAt: timeOf(last) }
}

function valuesOf({ stream, types, from, to }: ReplaySelection): unknown[] {
  return [stream ?? null, types ?? null, from?.toISOString() ?? null, to?.toISOString() ?? null]
}
