import {
  type DeadLetterFilter,
  filterSql,
  filterValues,
  isDeadSql,
  type SqlClient,
} from './deadLetterFilter.ts'

/** What a redrive would do. */
export interface RedrivePreview {
  /** Letters that would get new attempts. */
  readonly events: number
  /** Keys of those. */
  readonly keys: number
  /** Held events of these keys, which come first. */
  readonly waiting: number
  /** Matching letters without a valid id or value, which stay. */
  readonly impossible: number
}

// `offset 0` makes Postgres look up each key by index; without it, it may hash all of inbox.held.
const previewRedriveSql = `
with meant as materialized (
  select consumer, topic, ordering_key, event_id is not null and value is not null as possible
  from inbox.dead_letter where ${filterSql} and ${isDeadSql}
), keys as (
  select distinct consumer, topic, ordering_key from meant where possible
)
select count(*) filter (where possible)::integer as events, (select count(*) from keys)::integer as keys,
  (select count(*) from keys k cross join lateral (
    select from inbox.held h where h.consumer = k.consumer and h.topic = k.topic
      and h.key_digest = inbox.digest(k.ordering_key) and h.key = k.ordering_key offset 0
  ) behind)::integer as waiting,
  count(*) filter (where not possible)::integer as impossible
from meant`

/** What `redriveDeadLetters` would do with this filter. Errors: the database's. */
export async function previewRedrive(client: SqlClient, filter: DeadLetterFilter): Promise<RedrivePreview> {
  const { rows } = await client.query<RedrivePreview>(previewRedriveSql, filterValues(filter))
  return rows[0] ?? { events: 0, keys: 0, waiting: 0, impossible: 0 }
}
