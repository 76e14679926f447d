import type { Queryable } from '@relevo/outbox'

const selectBlocked = `
select stream, next_version::text, passed_version::text, type, code, error, attempts, since,
  retry_at <= clock_timestamp() or retry_at > clock_timestamp() + $3::float8 * interval '1 millisecond' as due
from event_store.blocked_stream where subscription = $1 order by retry_at limit $2`

const upsertBlocked = `
insert into event_store.blocked_stream as b
  (subscription, stream, next_version, passed_version, type, code, error, retry_at)
select $1, n.stream, n.next_version, n.passed_version, n.type, n.code, n.error,
  clock_timestamp() + $8::integer * interval '1 millisecond'
from unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[])
  as n (stream, next_version, passed_version, type, code, error)
on conflict (subscription, stream) do update set passed_version = excluded.passed_version`

const updateBlocked = `
update event_store.blocked_stream set next_version = $3::bigint, type = $4, code = $5, error = $6, attempts = $7::integer,
  retry_at = clock_timestamp() + $8::integer * interval '1 millisecond'
where subscription = $1 and stream = $2`

const deleteBlocked = 'delete from event_store.blocked_stream where subscription = $1 and stream = $2'

const hasten = `
update event_store.blocked_stream set retry_at = clock_timestamp()
where subscription = $1 and ($2::text is null or stream = $2) returning stream`

/** A stream that waits for its next event to be applied. */
export interface BlockedStream {
  readonly stream: string
  readonly nextVersion: number
  readonly passedVersion: number
  readonly type: string
  readonly code: BlockCode
  readonly error: string
  readonly attempts: number
  readonly since: Date
  /** Whether it is retried. */
  readonly due: boolean
}

/**
 * unknownEvent: of a type that the subscription does not know. applyFailed, upcastFailed: its code threw. rebased: not applied
 * when the database was restored.
 */
export type BlockCode = 'unknownEvent' | 'applyFailed' | 'upcastFailed' | 'rebased'

export type NewBlock = Pick<
  BlockedStream,
  'stream' | 'nextVersion' | 'passedVersion' | 'type' | 'code' | 'error'
>

/**
 * The streams at which a subscription has stopped, the first due first; at most `most`. One that would wait for
 * longer than `longestRetryMs` is due: the clock was set back since. Errors: the client's.
 */
export async function listBlocked(
  client: Queryable,
  subscription: string,
  most: number,
  longestRetryMs = Number.POSITIVE_INFINITY,
): Promise<BlockedStream[]> {
  // An interval of infinite milliseconds is none in Postgres before 17.
  const longest = Math.min(longestRetryMs, 1e12)
  const { rows } = await client.query(selectBlocked, [subscription, most, longest])
  return rows.map(({ next_version, passed_version, ...row }) => ({
    ...row,
    nextVersion: Number(next_version),
    passedVersion: Number(passed_version),
  }))
}

/** Blocks streams, or stores that the checkpoint has passed more events of blocked ones. Errors: the client's. */
export async function storeBlocks(
  client: Queryable,
  subscription: string,
  blocks: readonly NewBlock[],
  retryMs: number,
): Promise<void> {
  if (blocks.length === 0) return
  await client.query(upsertBlocked, [
    subscription,
    blocks.map(({ stream }) => stream),
    blocks.map(({ nextVersion }) => nextVersion),
    blocks.map(({ passedVersion }) => passedVersion),
    blocks.map(({ type }) => type),
    blocks.map(({ code }) => code),
    blocks.map(({ error }) => error),
    retryMs,
  ])
}

/** Stores how far a retry got and why it stopped there. Errors: the client's. */
export async function storeRetry(
  client: Queryable,
  subscription: string,
  {
    stream,
    nextVersion,
    type,
    code,
    error,
    attempts,
  }: Omit<BlockedStream, 'passedVersion' | 'since' | 'due'>,
  retryMs: number,
): Promise<void> {
  const values = [subscription, stream, nextVersion, type, code, error, attempts, retryMs]
  await client.query(updateBlocked, values)
}

/** The stream has caught up. Errors: the client's. */
export async function unblock(client: Queryable, subscription: string, stream: string): Promise<void> {
  await client.query(deleteBlocked, [subscription, stream])
}

/** Makes blocked streams (one, or all) due at once; returns how many there are. Errors: the client's. */
export async function retryBlocked(
  client: Queryable,
  subscription: string,
  stream?: string,
): Promise<number> {
  const { rows } = await client.query(hasten, [subscription, stream ?? null])
  return rows.length
}
