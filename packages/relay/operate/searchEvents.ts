import type pg from 'pg'

/** Selects recorded events; all given conditions must hold. */
export interface EventSearch {
  readonly eventId?: string | undefined
  readonly key?: string | undefined
  readonly type?: string | undefined
  readonly topic?: string | undefined
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  /** Recorded at this time or later, and before that one. */
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  /** The `next` of the page before. */
  readonly before?: number | undefined
  readonly limit: number
}

export interface FoundEvent {
  readonly id: number
  readonly eventId: string
  readonly topic: string
  readonly key: string
  readonly type: string
  /** JSON text. */
  readonly headers: string | null
  /** JSON text; null if it is larger than 32 KiB. */
  readonly payload: string | null
  readonly payloadBytes: number
  readonly createdAt: Date
  /** P: to be published, X: failing, Q: quarantined, E: published. */
  readonly state: string
  readonly attempts: number
  readonly error: string | null
}

export interface EventSearchResult {
  /** Newest first. */
  readonly events: readonly FoundEvent[]
  /** How far back this page has searched; undefined: there is nothing. */
  readonly searchedTo: Date | undefined
  /** Start of the next page; undefined: everything has been searched. */
  readonly next: number | undefined
}

/** Events read per page, so that no search takes long, however many there are. */
const mostLookedAt = 20_000
/** How far the order of ids and that of times may differ. */
const driftMs = 5_000

/**
 * Searches the outbox, newest first. The only index is that of the ids, since any other would cost every insert: a page
 * reads at most 20,000 events and reports how far it got; times are found by bisecting the ids. @throws the errors of `pool`.
 */
export async function searchEvents(pool: pg.Pool, search: EventSearch): Promise<EventSearchResult> {
  const { from, to, before, limit } = search
  const lowest = from && (await findIdAt(pool, new Date(from.getTime() - driftMs)))
  const highest = to && (await findIdAt(pool, new Date(to.getTime() + driftMs)))
  const below = Math.min(...[before, highest].filter((id) => id !== undefined), Number.MAX_SAFE_INTEGER)
  const { eventId, key, type, topic, correlationId, causationId } = search
  const wanted = [eventId, key, type, topic, correlationId, causationId, from, to].map(
    (value) => value ?? null,
  )
  const { rows } = await pool.query<LookRow>(lookSql, [below, lowest ?? 0, mostLookedAt, limit, ...wanted])
  const [{ looked, last_id, last_at, ids } = nothing] = rows
  const events = ids.length > 0 ? (await pool.query<FoundEvent>(showSql, [ids])).rows : []
  const isFull = ids.length >= limit
  const next = isFull ? Number(ids.at(-1)) : looked >= mostLookedAt ? Number(last_id) : undefined
  const searchedTo = isFull ? events.at(-1)?.createdAt : (last_at ?? undefined)
  return { events, searchedTo, next }
}

interface LookRow {
  readonly looked: number
  readonly last_id: string | null
  readonly last_at: Date | null
  readonly ids: readonly string[]
}

const nothing: LookRow = { looked: 0, last_id: null, last_at: null, ids: [] }

export const lookSql = `
with looked as materialized (
  select id, event_id, key, type, topic, headers, created_at from outbox.event
  where id < $1::bigint and id >= $2::bigint order by id desc limit $3::integer
), found as (
  select id from looked
  where ($5::uuid is null or event_id = $5) and ($6::text is null or key = $6) and ($7::text is null or type = $7)
    and ($8::text is null or topic = $8) and ($9::text is null or headers ->> 'ce_correlationid' = $9)
    and ($10::text is null or headers ->> 'ce_causationid' = $10)
    and ($11::timestamptz is null or created_at >= $11) and ($12::timestamptz is null or created_at < $12)
  order by id desc limit $4::integer
)
select (select count(*)::int from looked) as looked, l.id::text as last_id, l.created_at as last_at,
  array(select id::text from found order by found.id desc) as ids
from (select id, created_at from looked order by id limit 1) l`

const showSql = `
select id::float8, event_id as "eventId", topic, key, type, headers::text,
  case when payload_bytes <= 32768 then payload::text end as payload, payload_bytes as "payloadBytes",
  created_at as "createdAt", state, attempts, error
from outbox.event_status where id = any($1::bigint[]) order by id desc`

/** The lowest id of events recorded at the time or later; ids and times have the same order, except for a moment. */
async function findIdAt(pool: pg.Pool, time: Date): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(findIdSql, [time])
  return rows[0]?.id ?? 0
}

export const findIdSql = `
with recursive probe (low, high) as (
  select (select id from outbox.event order by id limit 1), (select id + 1 from outbox.event order by id desc limit 1)
  union all
  select case when early then mid + 1 else low end, case when early then high else mid end
  from probe cross join lateral (select low + (high - low) / 2 as mid) m cross join lateral (
    select coalesce((select created_at < $1 from outbox.event where id >= m.mid order by id limit 1), false) as early
  ) p
  where low < high
)
select low::float8 as id from probe where low >= high`
