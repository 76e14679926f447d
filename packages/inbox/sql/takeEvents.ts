import type { ConsumedRecord } from '@relevo/kafka'
import type { EventIdentity } from '../receivedRecord.ts'
import { digestRecord } from '../recordDigest.ts'
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
select place::integer, 'behind' as state, null::text[] as dead from behind
union all
select min(place)::integer, 'new', (select array_agg(encode(d.digest, 'hex')) from inbox.dead_letter d
  where d.event_id = taken.event_id and d.consumer = $1 and d.source = taken.source and d.redriven_at is null)
from record join taken using (event_id, source)
where place not in (select place from behind) group by taken.event_id, taken.source`

export interface Takeable {
  readonly record: ConsumedRecord
  readonly identity: EventIdentity
  /** Whether it waits behind a held event of its key. */
  readonly waits: boolean
}

export interface Taken {
  /** Indexes, from 0, of the events that this transaction has to handle; each event once. */
  readonly fresh: Set<number>
  /** Indexes of the events that must wait behind a held one. */
  readonly behind: Set<number>
}

/**
 * Marks the events as processed in this transaction. Those in neither set were processed before or are dead letters;
 * a different record that only claims a dead letter's id is neither.
 */
export async function takeEvents(
  tx: Transaction,
  consumer: string,
  topic: string,
  events: readonly Takeable[],
): Promise<Taken> {
  const taken: Taken = { fresh: new Set(), behind: new Set() }
  let places = [...events.keys()]
  while (places.length > 0) {
    const dead = await takePlaces(tx, { consumer, topic, events, places, taken })
    await releaseEvents(tx, consumer, [...dead.values()])
    // Behind a dead record, the batch may have another with its id.
    const ids = new Set([...dead.values()].map(idOf))
    places = places.filter((place) => {
      const { identity, record } = events[place] as Takeable
      return ids.has(idOf(identity)) && !dead.has(digestOf(record)) && !taken.behind.has(place)
    })
  }
  return taken
}

interface Taking {
  readonly consumer: string
  readonly topic: string
  readonly events: readonly Takeable[]
  readonly places: readonly number[]
  readonly taken: Taken
}

/** Adds to `taken`; returns the events that were marked although their records are dead letters, by digest. */
async function takePlaces(tx: Transaction, taking: Taking): Promise<Map<string, EventIdentity>> {
  const { consumer, topic, events, places, taken } = taking
  const tried = places.map((place) => events[place] as Takeable)
  const dead = new Map<string, EventIdentity>()
  for (const row of await take(tx, consumer, topic, tried)) {
    const place = places[row.place - 1] as number
    const { record, identity } = events[place] as Takeable
    if (row.state === 'behind') taken.behind.add(place)
    else if (row.dead?.includes(digestOf(record))) dead.set(digestOf(record), identity)
    else taken.fresh.add(place)
  }
  return dead
}

function digestOf(record: ConsumedRecord): string {
  return digestRecord(record, true).toString('hex')
}

function idOf({ id, source }: EventIdentity): string {
  return `${id} ${source}`
}

interface TakenRow {
  readonly place: number
  readonly state: 'behind' | 'new'
  readonly dead: readonly string[] | null
}

async function take(
  tx: Transaction,
  consumer: string,
  topic: string,
  events: readonly Takeable[],
): Promise<TakenRow[]> {
  const { rows } = await tx.query<TakenRow>({
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
  return rows
}

const releaseEventsSql = `
delete from inbox.processed p using unnest($2::uuid[], $3::text[]) as r (event_id, source)
where p.event_id = r.event_id and p.consumer = $1 and p.source = r.source`

/** Removes the marks of events. */
export async function releaseEvents(
  tx: Transaction,
  consumer: string,
  events: readonly EventIdentity[],
): Promise<void> {
  if (events.length === 0) return
  const values = [consumer, events.map(({ id }) => id), events.map(({ source }) => source)]
  await tx.query(releaseEventsSql, values)
}
