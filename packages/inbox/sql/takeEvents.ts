import type { EventIdentity } from '../receivedRecord.ts'
import type { Transaction } from '../transaction.ts'

// Events behind a held event of their key are not taken. In one statement: one round trip for a batch.
const takeEventsSql = `
with record as (
  select * from unnest($3::text[], $4::uuid[], $5::text[], $6::boolean[]) with ordinality
    as r (key, event_id, source, waits, place)
), behind as (
  select place from record r
  where r.waits and exists (select from inbox.held h
    where h.consumer = $1 and h.topic = $2 and h.key_digest = sha256(convert_to(r.key, 'UTF8')))
), taken as (
  insert into inbox.processed (consumer, event_id, source)
  select $1, event_id, source from record where place not in (select place from behind) order by place
  on conflict do nothing
  returning event_id, source
)
select place::integer, 'behind' as state from behind
union all
select min(place)::integer, 'new' from record join taken using (event_id, source)
where place not in (select place from behind) group by event_id, source`

export interface Takeable {
  readonly identity: EventIdentity
  /** Whether it waits behind a held event of its key. */
  readonly waits: boolean
}

export interface Taken {
  /** Places, from 0, of the events that this transaction has to handle; each event once. */
  readonly fresh: ReadonlySet<number>
  /** Places of the events that must wait behind a held one. */
  readonly behind: ReadonlySet<number>
}

/** Marks the events as processed in this transaction; what is in neither set was processed before. */
export async function takeEvents(
  tx: Transaction,
  consumer: string,
  topic: string,
  events: readonly Takeable[],
): Promise<Taken> {
  if (events.length === 0) return { fresh: new Set(), behind: new Set() }
  const { rows } = await tx.query<{ place: number; state: 'behind' | 'new' }>({
    name: 'inbox_take_events',
    text: takeEventsSql,
    values: [
      consumer,
      topic,
      events.map(({ identity }) => identity.key),
      events.map(({ identity }) => identity.id),
      events.map(({ identity }) => identity.source),
      events.map(({ waits }) => waits),
    ],
  })
  const places = (state: string) =>
    new Set(rows.filter((row) => row.state === state).map((row) => row.place - 1))
  return { fresh: places('new'), behind: places('behind') }
}
