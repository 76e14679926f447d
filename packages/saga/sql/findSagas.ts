import type { Queryable } from '@relevo/outbox'
import type { SagaStatus } from '../definition.ts'

/** Selects sagas; conditions that are not given match all. */
export interface SagaFilter {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly key?: string | undefined
  readonly status?: SagaStatus | undefined
  /** The step that they wait for. */
  readonly step?: string | undefined
  readonly stuck?: boolean | undefined
  readonly olderThanSeconds?: number | undefined
}

export interface SagaPage {
  /** Maximum number; default 100. */
  readonly limit?: number | undefined
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined
}

export interface ListedSaga {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly key: string
  readonly status: SagaStatus
  /** Why it is or was compensated, or given up. */
  readonly reason: string | null
  /** What it waits for; null once it has ended. */
  readonly step: string | null
  readonly attempt: number | null
  /** Whether that step is being undone. */
  readonly undo: boolean | null
  readonly dueAt: string | null
  readonly stuckSince: string | null
  /** Why its timer could not be fired. */
  readonly error: string | null
  readonly startedAt: string
  readonly updatedAt: string
  readonly endedAt: string | null
}

const time = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const columns = `
  i.id::text, i.name, i.version::integer, i.key, i.status, i.reason_code as reason, t.step, t.attempt, t.undo,
  ${time('t.due_at')} as "dueAt", ${time('t.stuck_since')} as "stuckSince", t.error,
  ${time('i.started_at')} as "startedAt", ${time('i.updated_at')} as "updatedAt", ${time('i.ended_at')} as "endedAt"`

interface Tables {
  readonly from: string
  /** The id of the table that is scanned first: Postgres derives no range of one side of a join from the other's. */
  readonly id: string
}

/** Sagas under way are found by their timers, however many have ended. */
const active: Tables = { from: 'saga.timer t join saga.instance i on i.id = t.saga_id', id: 't.saga_id' }
const all: Tables = { from: 'saga.instance i left join saga.timer t on t.saga_id = i.id', id: 'i.id' }

// Ids begin with the starter's clock time, so that the index skips younger sagas; five minutes are for clocks that differ.
const wanted = ({ id }: Tables) => `
  ($1::uuid is null or i.id = $1::uuid) and ($2::text is null or i.name = $2)
  and ($3::text is null or (saga.digest(i.key) = saga.digest($3) and i.key = $3))
  and ($4::text is null or i.status = $4) and ($5::text is null or t.step = $5)
  and ($6::boolean is null or (t.stuck_since is not null) = $6)
  and ($7::float8 is null or (i.started_at < clock_timestamp() - $7::float8 * interval '1 s'
    and ${id} < saga.first_id(now() - $7::float8 * interval '1 s' + interval '5 min')))`

const list = (tables: Tables) => `
select ${columns} from ${tables.from}
where ${wanted(tables)} and ($8::uuid is null or ${tables.id} < $8::uuid)
order by ${tables.id} desc limit $9::integer`

const listActive = list(active)
const listAll = list(all)

const ask = (tables: Tables) => `
with meant as (
  select i.id, i.name, i.version from ${tables.from} where ${wanted(tables)} order by ${tables.id} limit $8::integer
)
insert into saga.parked (saga_id, name, version, event)
select id, name, version, $9::json from meant
returning id::text as "requestId", saga_id::text as "sagaId"`

const askUnderWay = ask(active)
const askAny = ask(all)

/** A page of sagas, the newest first. */
export async function listSagas(
  client: Queryable,
  filter: SagaFilter = {},
  { limit = 100, cursor }: SagaPage = {},
): Promise<{ readonly sagas: readonly ListedSaga[]; readonly nextCursor?: string }> {
  const statement = isOfActive(filter) ? listActive : listAll
  const { rows } = await client.query(statement, [...valuesOf(filter), cursor ?? null, limit + 1])
  const sagas: ListedSaga[] = rows.slice(0, limit)
  const last = sagas.at(-1)
  return rows.length > limit && last ? { sagas, nextCursor: last.id } : { sagas }
}

/** Limit of sagas per request, so that one call does not create thousands of events. */
const mostAsked = 1_000

export interface Request {
  readonly requestId: string
  readonly sagaId: string
}

/** Leaves the event to the processes that have the sagas' definitions; of at most 1,000 sagas. */
export async function parkFor(client: Queryable, filter: SagaFilter, event: string): Promise<Request[]> {
  const isEnded =
    filter.status === 'completed' || filter.status === 'compensated' || filter.status === 'givenUp'
  const statement = filter.id === undefined && !isEnded ? askUnderWay : askAny
  return (await client.query(statement, [...valuesOf(filter), mostAsked, event])).rows
}

function isOfActive({ step, stuck, status }: SagaFilter): boolean {
  return step !== undefined || stuck === true || status === 'running' || status === 'compensating'
}

function valuesOf({ id, name, key, status, step, stuck, olderThanSeconds }: SagaFilter): unknown[] {
  return [
    id ?? null,
    name ?? null,
    key ?? null,
    status ?? null,
    step ?? null,
    stuck ?? null,
    olderThanSeconds ?? null,
  ]
}
