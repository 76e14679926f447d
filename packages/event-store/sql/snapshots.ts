import type { Queryable } from '@relevo/outbox'

const selectSnapshot = `
select s.version::text, s.state::text from event_store.snapshot s
join event_store.event e on e.stream = s.stream and e.version = s.version and e.event_id = s.event_id
where s.stream = $1 and s.revision = $2::text::integer and s.version <= coalesce($3::text::bigint, s.version)`

const upsertSnapshot = `
insert into event_store.snapshot as s (stream, version, event_id, revision, state)
values ($1, $2::text::bigint, $3::uuid, $4::text::integer, $5::text::json)
on conflict (stream) do update set version = excluded.version, event_id = excluded.event_id,
  revision = excluded.revision, state = excluded.state, taken_at = now()`

/**
 * The stream's snapshot up to a version (null: any), if its event still exists: after a restore the snapshot may belong to
 * another history. Errors: the client's.
 */
export async function readSnapshot(
  client: Queryable,
  stream: string,
  revision: number,
  upTo: number | null,
): Promise<{ version: number; state: unknown } | undefined> {
  const upToText = upTo === null ? null : String(upTo)
  const { rows } = await client.query(selectSnapshot, [stream, String(revision), upToText])
  const [row] = rows
  return row && { version: Number(row.version), state: JSON.parse(row.state) }
}

export interface Snapshot {
  readonly stream: string
  readonly version: number
  readonly eventId: string
  readonly revision: number
  /** JSON. */
  readonly state: string
}

/** Stores a snapshot, replacing the previous one. Errors: the client's. */
export async function storeSnapshot(client: Queryable, snapshot: Snapshot): Promise<void> {
  const { stream, version, eventId, revision, state } = snapshot
  await client.query(upsertSnapshot, [stream, String(version), eventId, String(revision), state])
}
