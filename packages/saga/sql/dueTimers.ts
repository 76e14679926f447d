import type { Queryable } from '@relevo/outbox'
import type { Registry } from '../registry.ts'

/** A timer whose time is over. */
export interface DueTimer {
  readonly sagaId: string
  readonly step: string
  readonly attempt: number
}

const supported = 'select name, version from unnest($1::text[], $2::smallint[]) as d (name, version)'

/** No timer is put off for longer than 5 minutes: if one seems to be, the clock was set back since. */
const isDue = `(due_at <= clock_timestamp()
  or failures > 0 and due_at > clock_timestamp() + interval '300 s')`

const findDue = `
select saga_id::text from saga.timer
where ${isDue} and (name, version) in (${supported})
order by due_at limit $3::integer`

/** Read once their sagas are locked: a saga that has moved meanwhile is no longer due. */
const readDue = `
select saga_id::text, step, attempt from saga.timer
where saga_id = any($1::uuid[]) and ${isDue} order by saga_id`

/** Counts parked events, too, also those of versions that other processes have. */
const look = `
select exists (select from saga.timer where ${isDue} and (name, version) in (${supported})) as due,
  exists (select from saga.parked) as parked,
  (select extract(epoch from min(due_at) - clock_timestamp())::float8 * 1000
   from saga.timer where (name, version) in (${supported})) as next_ms`

const delayTimer = `
update saga.timer
set due_at = clock_timestamp() + least(power(2, least(failures, 10)), 300) * interval '1 s',
  error = $2, failures = failures + 1,
  stuck_since = case when failures >= 4 then coalesce(stuck_since, clock_timestamp()) else stuck_since end
where saga_id = $1::uuid`

/** The timed-out sagas that this process can decide about, the longest due first. */
export async function findDueSagas(tx: Queryable, registry: Registry, limit: number): Promise<string[]> {
  const { rows } = await tx.query(findDue, [...supportedBy(registry), limit])
  return rows.map(({ saga_id }) => saga_id)
}

export async function readDueTimers(tx: Queryable, sagaIds: readonly string[]): Promise<DueTimer[]> {
  const { rows } = await tx.query(readDue, [sagaIds])
  return rows.map(({ saga_id, step, attempt }) => ({ sagaId: saga_id, step, attempt: Number(attempt) }))
}

/** Whether there may be something to do. */
export interface Look {
  readonly due: boolean
  readonly parked: boolean
  /** Milliseconds until the next timer is due; undefined: there is none. */
  readonly nextMs: number | undefined
}

/** The only query of an idle process. */
export async function lookForWork(tx: Queryable, registry: Registry): Promise<Look> {
  const [row] = (await tx.query(look, supportedBy(registry))).rows
  return { due: row?.due === true, parked: row?.parked === true, nextMs: row?.next_ms ?? undefined }
}

/** Delays a timer that could not be fired: for 1 s, 2 s, 4 s … 5 min. From the fifth time on the saga is stuck. */
export async function delayTimerOf(tx: Queryable, sagaId: string, error: string): Promise<void> {
  await tx.query(delayTimer, [sagaId, error])
}

function supportedBy({ supported: known }: Registry): unknown[] {
  return [known.map(({ name }) => name), known.map(({ version }) => version)]
}
