import { type Cursor, openWindow, parseSnapshot } from '@relevo/cursor'
import type { Queryable } from '@relevo/outbox'

const insertCheckpoint = `
insert into event_store.stored_checkpoint (subscription, categories)
select $1, $2::text[] where not exists (select from event_store.stored_checkpoint where subscription = $1)`

const creationLock = `select pg_advisory_xact_lock(1919248002, ('x' || left(md5($1), 8))::bit(32)::integer)`

const selectCheckpoint = `
select revision::text, published::text, published_seq::text, target::text, target_seq::text, last_seq::text, applied::text
from event_store.checkpoint($1)`

const lockCheckpointSql = 'select place::text, revision::text from event_store.lock_checkpoint($1)'

const updateCheckpoint = `
update event_store.stored_checkpoint c set
  revision = c.revision + 1, published = $4::pg_snapshot, published_seq = $5::bigint,
  target = $6::pg_snapshot, target_seq = $7::bigint, last_seq = $8::bigint,
  applied = c.applied + $9::integer, moved_at = clock_timestamp(),
  generation = c.generation + (random() < 0.125)::integer
where c.ctid = $1::tid and c.subscription = $2 and c.revision = $3::bigint
returning c.revision::text`

const selectCluster = `
select s.system_identifier = c.system_identifier as same from event_store.setting s, pg_control_system() c`

/** A cursor as read, with its revision. */
export interface Checkpoint extends Cursor {
  readonly revision: number
}

/** A locked checkpoint. */
export interface CheckpointLock {
  readonly place: string
  readonly revision: number
}

/** Stores a subscription's first checkpoint in a transaction, at the beginning, if it has none. Errors: the client's. */
export async function createCheckpoint(
  client: Queryable,
  { name, categories }: { readonly name: string; readonly categories: readonly string[] },
): Promise<void> {
  await client.query(creationLock, [name])
  await client.query(insertCheckpoint, [name, categories])
}

/** Undefined when the subscription has none. Errors: the client's. */
export async function readCheckpoint(
  client: Queryable,
  subscription: string,
): Promise<Checkpoint | undefined> {
  const { rows } = await client.query(selectCheckpoint, [subscription])
  const [row] = rows
  if (!row) return undefined
  const published = { snapshot: parseSnapshot(row.published), seq: Number(row.published_seq) }
  const target = row.target && { snapshot: parseSnapshot(row.target), seq: Number(row.target_seq) }
  const window = target ? openWindow(published, target, Number(row.last_seq)) : undefined
  return { revision: Number(row.revision), published, window }
}

/** Undefined when another transaction has it. Errors: the client's. */
export async function lockCheckpoint(
  client: Queryable,
  subscription: string,
): Promise<CheckpointLock | undefined> {
  const { rows } = await client.query(lockCheckpointSql, [subscription])
  const [row] = rows
  return row && { place: row.place, revision: Number(row.revision) }
}

/** Advances a locked checkpoint; returns its revision, or undefined if it was not at the expected one. Errors: the client's. */
export async function moveCheckpoint(
  client: Queryable,
  subscription: string,
  { place, revision }: CheckpointLock,
  { published, window }: Cursor,
  applied: number,
): Promise<number | undefined> {
  const { rows } = await client.query(updateCheckpoint, [
    place,
    subscription,
    revision,
    published.snapshot.text,
    published.seq,
    window?.target.snapshot.text ?? null,
    window?.target.seq ?? null,
    window?.lastId ?? 0,
    applied,
  ])
  return rows[0] && Number(rows[0].revision)
}

/** Is this the cluster of the store's transactions? Errors: the client's. */
export async function isOwnCluster(client: Queryable): Promise<boolean> {
  const { rows } = await client.query(selectCluster)
  return rows[0]?.same === true
}
