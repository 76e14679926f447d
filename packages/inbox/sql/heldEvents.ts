import type { ConsumedRecord } from '@relevo/kafka'
import type pg from 'pg'
import type { Transaction } from '../transaction.ts'
import { isUnpublished, longestPostponeMs } from './deadLetters.ts'

/** The event at the head of a key's queue, locked by this transaction. */
export interface HeldHead {
  readonly position: string
  readonly record: ConsumedRecord
  readonly attempts: number
  /** Milliseconds since it failed last. */
  readonly failedMsAgo: number | undefined
  /** Milliseconds since its handler first reported its dependency as unavailable. */
  readonly unavailableMs: number
}

const findDueHeadsSql = `
select head_position::text as position, due_at <= clock_timestamp() as due,
  greatest(0, extract(epoch from due_at - clock_timestamp()) * 1000)::float8 as due_in_ms,
  exists (select from inbox.dead_letter where ${isUnpublished}) as unpublished
from (values (1)) always left join (
  select * from inbox.heads($1) order by due_at limit $3
) head on true order by due_at`

interface HeadRow {
  readonly position: string | null
  readonly due: boolean | null
  readonly due_in_ms: number
  readonly unpublished: boolean
}

export interface DueHeads {
  readonly positions: readonly string[]
  /** Milliseconds until the next one is due; undefined if no held event is still to become due. */
  readonly nextInMs: number | undefined
  /** Whether there are dead letters to be published. */
  readonly unpublished: boolean
}

/** The heads that may be tried now, the longest due first, and whether there is other work: an idle worker's only query. */
export async function findDueHeads(pool: pg.Pool, consumer: string, limit: number): Promise<DueHeads> {
  const { rows } = await pool.query<HeadRow>({
    name: 'inbox_find_due_heads',
    text: findDueHeadsSql,
    values: [consumer, longestPostponeMs, limit],
  })
  return {
    positions: rows.flatMap(({ position, due }) => (position !== null && due ? position : [])),
    nextInMs: rows.find(({ due }) => due === false)?.due_in_ms,
    unpublished: rows[0]?.unpublished === true,
  }
}

const lockHeadSql = `
select position::text, topic, partition, kafka_offset::text as offset, record_key, value, headers,
  extract(epoch from record_time)::float8 * 1000 as timestamp, attempts,
  extract(epoch from clock_timestamp() - failed_at)::float8 * 1000 as failed_ms_ago,
  coalesce(extract(epoch from clock_timestamp() - unavailable_since)::float8 * 1000, 0) as unavailable_ms
from inbox.held where position = $1 and attempts = coalesce($2, attempts)
for update skip locked`

interface HeldRow {
  position: string
  topic: string
  partition: number
  offset: string
  record_key: Buffer | null
  value: Buffer
  headers: Record<string, string>
  timestamp: number
  attempts: number
  failed_ms_ago: number | null
  unavailable_ms: number
}

/** Locks the event; undefined if another replica has or finished it, or its number of attempts has changed. */
export async function lockHead(
  tx: Transaction,
  position: string,
  attempts: number | null,
): Promise<HeldHead | undefined> {
  const { rows } = await tx.query<HeldRow>(lockHeadSql, [position, attempts])
  const row = rows[0]
  if (!row) return undefined
  const { topic, partition, value, headers, timestamp } = row
  const key = row.record_key?.toString() ?? null
  const record = { topic, partition, offset: BigInt(row.offset), key, value, headers, timestamp }
  const failedMsAgo = row.failed_ms_ago ?? undefined
  return {
    position: row.position,
    record,
    attempts: row.attempts,
    failedMsAgo,
    unavailableMs: row.unavailable_ms,
  }
}

const deleteHeldSql = 'delete from inbox.held where position = $1'

export async function deleteHeld(tx: Transaction, position: string): Promise<void> {
  await tx.query(deleteHeldSql, [position])
}

const postponeHeldSql = `
update inbox.held set attempts = $2, error = $3, failed_at = clock_timestamp(),
  next_attempt_at = clock_timestamp() + make_interval(secs => $4 / 1000.0),
  unavailable_since = case when $5::boolean then coalesce(unavailable_since, clock_timestamp()) else unavailable_since end
where position = $1`

/** Stores a failure and the time of the next attempt. */
export async function postponeHeld(
  tx: Transaction,
  position: string,
  failure: {
    readonly attempts: number
    readonly error: string
    readonly delayMs: number
    readonly unavailable: boolean
  },
): Promise<void> {
  const { attempts, error, delayMs, unavailable } = failure
  await tx.query(postponeHeldSql, [position, attempts, error, delayMs, unavailable])
}

const hastenUnavailableSql = `
update inbox.held set next_attempt_at = clock_timestamp()
where consumer = $1 and unavailable_since is not null and next_attempt_at > clock_timestamp()`

/** Makes all events due that waited for their handlers' dependency. */
export async function hastenUnavailable(pool: pg.Pool, consumer: string): Promise<void> {
  await pool.query(hastenUnavailableSql, [consumer])
}

const countWaitingSql = `
select (select count(*) from inbox.held where consumer = $1)::integer as held,
  (select count(*) from inbox.dead_letter where consumer = $1 and published_at is null)::integer as unpublished`

export async function countWaiting(
  pool: pg.Pool,
  consumer: string,
): Promise<{ held: number; unpublished: number }> {
  const { rows } = await pool.query<{ held: number; unpublished: number }>(countWaitingSql, [consumer])
  return rows[0] ?? { held: 0, unpublished: 0 }
}
