import type { Queryable } from '@relevo/outbox'

/** Events of the stream $1 with versions above $2 and up to $3 (null: all), at most $4, cut behind the one that reaches $5 bytes. */
const selectEvents = `
select seq::text, version::text, event_id::text, type, data::text, metadata::text, found::text,
  trunc(extract(epoch from recorded_at) * 1000)::text as recorded_ms
from (
  select e.*, count(*) over () as found, sum(e.bytes) over (order by e.version rows unbounded preceding) as total
  from (
    select * from event_store.event
    where stream = $1 and version > $2::text::bigint
      and version <= coalesce($3::text::bigint, 9223372036854775807)
    order by event.version limit $4::text::integer
  ) e
) e
where total - bytes < $5::text::bigint
order by e.version`

const selectVersion = `
select coalesce(max(version), 0)::text as version from event_store.event where stream = $1`

const selectCommand = `
select min(version)::text as first, max(version)::text as last from event_store.event
where stream = $1 and command_id = $2::uuid`

export interface StreamRange {
  /** Events above this version. */
  readonly after: number
  /** Events up to this version; null: all. */
  readonly upTo: number | null
  readonly limit: number
  readonly maxBytes: number
}

export interface EventRow {
  readonly seq: string
  readonly version: string
  readonly event_id: string
  readonly type: string
  readonly data: string
  readonly metadata: string | null
  readonly recorded_ms: string
}

/** The first events of the range, and how many it has up to its limit. Errors: the client's. */
export async function readEventRows(
  client: Queryable,
  stream: string,
  { after, upTo, limit, maxBytes }: StreamRange,
): Promise<{ rows: EventRow[]; found: number }> {
  const upToText = upTo === null ? null : String(upTo)
  const values = [stream, String(after), upToText, String(limit), String(maxBytes)]
  const { rows } = await client.query(selectEvents, values)
  return { rows, found: Number(rows[0]?.found ?? 0) }
}

/** The stream's version; 0 when it has no event. */
export async function readVersion(client: Queryable, stream: string): Promise<number> {
  const { rows } = await client.query(selectVersion, [stream])
  return Number(rows[0].version)
}

/** The versions that a command has caused, if any. */
export async function findCommand(
  client: Queryable,
  stream: string,
  commandId: string,
): Promise<{ first: number; last: number } | undefined> {
  const { rows } = await client.query(selectCommand, [stream, commandId])
  const [{ first, last }] = rows
  return first === null ? undefined : { first: Number(first), last: Number(last) }
}
