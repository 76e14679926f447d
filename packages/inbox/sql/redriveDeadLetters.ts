import {
  type DeadLetterFilter,
  filterSql,
  filterValues,
  isDeadSql,
  type SqlClient,
} from './deadLetterFilter.ts'

/** An event that got new attempts. */
export interface Redriven {
  readonly id: string
  readonly consumer: string
  readonly eventId: string
}

// They go to the ends of their keys' queues.
const redriveSql = `
with dead as (
  update inbox.dead_letter set redriven_at = clock_timestamp()
  where id in (select id from inbox.dead_letter
      where ${filterSql} and ${isDeadSql} and event_id is not null and value is not null and id > $10
      order by id limit $11)
    and ${isDeadSql}
  returning *
), held as (
  insert into inbox.held (consumer, topic, partition, key, kafka_offset, source, event_id, event_time, type, record_key,
    value, headers, record_time, digest)
  select consumer, topic, partition, ordering_key, kafka_offset, source, event_id, event_time, type, key, value,
    headers, record_time, digest
  from dead order by id
  on conflict (consumer, topic, digest) do nothing
)
select id::text, consumer, event_id as "eventId" from dead order by dead.id`

/** Gives at most `limit` dead letters after that number new attempts, in their order. */
export async function redrivePage(
  client: SqlClient,
  filter: DeadLetterFilter,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<Redriven[]> {
  return (await client.query<Redriven>(redriveSql, [...filterValues(filter), after, limit])).rows
}

const followRedrivenSql = `
select d.id::text, case when h.position is not null then 'waiting' when d.redriven_at is null then 'dead'
    else 'processed' end as outcome,
  coalesce(h.error, case when d.redriven_at is null then d.error end) as error
from inbox.dead_letter d
left join inbox.held h on h.consumer = d.consumer and h.topic = d.topic and h.digest = d.digest
where d.id = any($1::bigint[])`

export interface Followed {
  readonly id: string
  /** `waiting`: for its attempt, for its next attempt, or behind another of its key. */
  readonly outcome: 'processed' | 'dead' | 'waiting'
  readonly error: string | null
}

/** The current state of redriven letters. */
export async function followRedriven(client: SqlClient, ids: readonly string[]): Promise<Followed[]> {
  return (await client.query<Followed>(followRedrivenSql, [ids])).rows
}
