import type { Queryable } from '@relevo/outbox'

/** All columns are text, which no client parses in a way of its own. Arrays of one length, a place for each event. */
const appendEvents = `
select outcome, version::text, first_version::text, array_to_string(seqs, ' ') as seqs,
  trunc(extract(epoch from recorded_at) * 1000)::text as recorded_ms
from event_store.append($1, $2::text::bigint, $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid)`

export interface AppendValues {
  readonly stream: string
  readonly expected: number | null
  readonly eventIds: readonly string[]
  readonly types: readonly string[]
  readonly data: readonly string[]
  readonly metadata: readonly (string | null)[]
  readonly commandId: string | null
}

/** Of `conflict` and `repeated`, `version` is where the stream is; the rest is of the events that are appended. */
export interface AppendedRow {
  readonly outcome: 'appended' | 'repeated' | 'conflict'
  readonly version: number
  readonly firstVersion: number
  readonly seqs: readonly number[]
  readonly recordedAt: Date
}

/** Calls event_store.append. Errors: the client's. */
export async function insertEvents(client: Queryable, values: AppendValues): Promise<AppendedRow> {
  const { stream, expected, eventIds, types, data, metadata, commandId } = values
  const { rows } = await client.query(appendEvents, [
    stream,
    expected === null ? null : String(expected),
    eventIds,
    types,
    data,
    metadata,
    commandId,
  ])
  const [row] = rows
  return {
    outcome: row.outcome,
    version: Number(row.version),
    firstVersion: Number(row.first_version),
    seqs: String(row.seqs ?? '')
      .split(' ')
      .map(Number),
    recordedAt: new Date(Number(row.recorded_ms)),
  }
}
