import type { Queryable } from '@relevo/outbox'
import type { Registry } from '../registry.ts'
import type { SagaEvent } from '../state.ts'
import { toJson } from '../storable.ts'

/** An event that waits for a process with the saga's definition. */
export interface ParkedEvent {
  readonly id: string
  readonly sagaId: string
  readonly event: SagaEvent
  readonly eventId: string | null
}

/** Null: there is no such saga. */
const parkEvent = `
insert into saga.parked (saga_id, name, version, event, event_id)
select i.id, i.name, i.version, $2::json, $3::uuid from saga.instance i where i.id = $1::uuid
returning id::text`

const supported = 'select name, version from unnest($1::text[], $2::smallint[]) as d (name, version)'

/**
 * The version is the saga's current one, which may have changed since the event was parked. The `offset 0` forces a look-up of each by its
 * id: a join may read every saga, since Postgres assumes that an empty table has a thousand rows.
 */
const findWaiting = `
select p.id::text, p.saga_id::text, p.event::text, p.event_id::text
from saga.parked p
cross join lateral (select name, version from saga.instance where instance.id = p.saga_id offset 0) i
where (i.name, i.version) in (${supported}) and (p.not_before <= clock_timestamp()
  or p.not_before > clock_timestamp() + interval '300 s') -- they are put off for less: the clock was set back
order by p.id limit $3::integer`

const readParked = `
select id::text, saga_id::text, event::text, event_id::text from saga.parked
where id = any($1::bigint[]) order by parked.id for update`

const takeParked = 'delete from saga.parked where id = any($1::bigint[])'

const delayParked = `
update saga.parked set error = $2, failures = failures + 1,
  not_before = clock_timestamp() + least(power(2, least(failures, 10)), 300) * interval '1 s'
where id = $1::bigint`

const answerRequest = `
insert into saga.answer (request_id, result) values ($1::bigint, $2) on conflict do nothing`

/** Leaves an event to a process that has the definition; returns its number, undefined if there is no such saga. */
export async function park(
  tx: Queryable,
  sagaId: string,
  event: SagaEvent,
  eventId?: string,
): Promise<string | undefined> {
  const { rows } = await tx.query(parkEvent, [sagaId, toJson(event, 'The event'), eventId ?? null])
  return rows[0]?.id
}

/** The oldest events that this process can carry out. */
export async function findParked(
  tx: Queryable,
  { supported: known }: Registry,
  limit: number,
): Promise<ParkedEvent[]> {
  const values = [known.map(({ name }) => name), known.map(({ version }) => version), limit]
  return (await tx.query(findWaiting, values)).rows.map(toParked)
}

/** Locks and returns the events that nobody else has taken. */
export async function lockParked(tx: Queryable, ids: readonly string[]): Promise<ParkedEvent[]> {
  return (await tx.query(readParked, [ids])).rows.map(toParked)
}

export async function removeParked(tx: Queryable, ids: readonly string[]): Promise<void> {
  await tx.query(takeParked, [ids])
}

/** Delays an event that could not be carried out: for 1 s, 2 s, 4 s … 5 min. */
export async function delay(tx: Queryable, id: string, error: string): Promise<void> {
  await tx.query(delayParked, [id, error])
}

/** Stores the answer for the requester. */
export async function answer(tx: Queryable, requestId: string, result: string): Promise<void> {
  await tx.query(answerRequest, [requestId, result])
}

function toParked(row: { id: string; saga_id: string; event: string; event_id: string | null }): ParkedEvent {
  return { id: row.id, sagaId: row.saga_id, event: JSON.parse(row.event), eventId: row.event_id }
}
