import type { Queryable } from '@relevo/outbox'

/** All columns are text, which no client parses differently. Arrays of equal length, one element per event. */
const appendEvents = `
select outcome, version::text, first_version::text, array_to_string(seqs, ' ') as seqs,
  trunc(extract(epoch from recorded_at) * 1000)::text as recorded_ms
from event_store.append($1, $2::text::bigint, $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid)`

const appendEvent = `
select event_store.append_one($1, $2::text::bigint, $3::uuid, $4, $5, $6, $7::uuid) as appended`

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

/** Appends them. Errors: the client's. */
export function insertEvents(client: Queryable, values: AppendValues): Promise<AppendedRow> {
  const isOne = values.eventIds.length === 1 && values.expected !== null
  return isOne ? insertOne(client, values) : insertAll(client, values)
}

async function insertOne(client: Queryable, values: AppendValues): Promise<AppendedRow> {
  const { stream, expected, eventIds, types, data, metadata, commandId } = values
  const parameters = [stream, String(expected), eventIds[0], types[0], data[0], metadata[0], commandId]
  const { rows } = await client.query(appendEvent, parameters)
  const [outcome, version, seq, recordedMs] = String(rows[0]?.appended).split(' ')
  return {
    outcome: outcome as AppendedRow['outcome'],
    version: Number(version),
    firstVersion: Number(version),
    seqs: [Number(seq)],
    recordedAt: new Date(Number(recordedMs)),
  }
}

async function insertAll(client: Queryable, values: AppendValues): Promise<AppendedRow> {
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
