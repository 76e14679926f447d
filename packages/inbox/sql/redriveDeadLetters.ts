import { type DeadLetterFilter, filterSql, filterValues, type SqlClient } from './deadLetterFilter.ts'

/** An event that has new attempts. */
export interface Redriven {
  readonly id: string
  readonly consumer: string
  readonly source: string
  readonly eventId: string
}

// Opens the events again: they go to the ends of their keys' queues, and the marks that are theirs are taken away, so
// that they can take effect. Of several letters with one event's id the first goes; the others stay.
const redriveSql = `
with chosen as (
  select distinct on (consumer, source, event_id) d.id from inbox.dead_letter d
  where ${filterSql} and redriven_at is null and discarded_at is null and event_id is not null and value is not null
    and d.id > $10 and not exists (select from inbox.held h
      where h.event_id = d.event_id and h.consumer = d.consumer and h.source = d.source)
  order by consumer, source, event_id, d.id
), dead as (
  update inbox.dead_letter set redriven_at = clock_timestamp()
  where id in (select id from chosen order by id limit $11) and redriven_at is null and discarded_at is null
  returning *
), unmarked as (
  delete from inbox.processed p using dead d
  where d.marked and p.event_id = d.event_id and p.consumer = d.consumer and p.source = d.source
), held as (
  insert into inbox.held (consumer, topic, partition, key, kafka_offset, source, event_id, event_time, type, record_key,
    value, headers, record_time)
  select consumer, topic, partition, ordering_key, kafka_offset, source, event_id, event_time, type, key, value,
    headers, record_time
  from dead order by id
  on conflict (event_id, consumer, source) do nothing
)
select id::text, consumer, source, event_id as "eventId" from dead order by dead.id`

/** Gives at most `limit` dead letters after that number new attempts, in their order. */
export async function redrivePage(
  client: SqlClient,
  filter: DeadLetterFilter,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<Redriven[]> {
  return (await client.query<Redriven>(redriveSql, [...filterValues(filter), after, limit])).rows
}

const followRedrivenSql = `
select r.id, case when h.position is not null then 'waiting' when d.redriven_at is null then 'dead'
    else 'processed' end as outcome,
  coalesce(h.error, case when d.redriven_at is null then d.error end) as error
from unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[]) as r (id, consumer, source, event_id)
join inbox.dead_letter d on d.id = r.id
left join inbox.held h on h.event_id = r.event_id and h.consumer = r.consumer and h.source = r.source`

export interface Followed {
  readonly id: string
  /** `waiting`: for its attempt, for its next attempt, or behind another of its key. */
  readonly outcome: 'processed' | 'dead' | 'waiting'
  readonly error: string | null
}

/** What has become of redriven events until now. */
export async function followRedriven(client: SqlClient, redriven: readonly Redriven[]): Promise<Followed[]> {
  const { rows } = await client.query<Followed>(followRedrivenSql, [
    redriven.map(({ id }) => id),
    redriven.map(({ consumer }) => consumer),
    redriven.map(({ source }) => source),
    redriven.map(({ eventId }) => eventId),
  ])
  return rows.map((row) => ({ ...row, id: String(row.id) }))
}
