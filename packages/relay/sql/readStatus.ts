import { maxLeaseMs } from './leases.ts'

const lives = `interval '${maxLeaseMs} milliseconds'`

/** The relays that have said within the longest lease that they live, with the shards they hold. */
export const readRelays = {
  name: 'relevo_status_relays',
  text: `
select r.owner, greatest(0, extract(epoch from clock_timestamp() - r.seen_at))::float8 as seen_seconds,
  (select count(*)::integer from outbox.cursor c where c.owner = r.owner and c.lease_until >= clock_timestamp()) as shards
from outbox.relay r
where r.seen_at between clock_timestamp() - ${lives} and clock_timestamp() + ${lives}
order by r.owner`,
}

export interface RelayRow {
  owner: string
  seen_seconds: number
  shards: number
}

/** The shards, whether the log is read, and the shard that has failed for longest with the topic it fails for. */
export const readShards = {
  name: 'relevo_status_shards',
  text: `
select s.shards, exists (
    select from pg_replication_slots where database = current_database() and plugin = 'pgoutput' and active
  ) as streaming,
  f.shard, f.error, f.failing_since, f.attempts,
  (select e.topic from outbox.event e where e.id = f.failing_id limit 1) as topic
from outbox.setting s
left join lateral (
  select * from outbox.cursor where failing_since is not null order by failing_since, shard limit 1
) f on true`,
}

export interface ShardsRow {
  shards: number
  streaming: boolean
  shard: number | null
  error: string | null
  failing_since: Date | null
  attempts: number | null
  topic: string | null
}

/** What keys wait for, the longest first: an operator's word, or a topic or partition. */
export const readHeld = {
  name: 'relevo_status_held',
  text: `
select scope, case scope when 'record' then null else topic end as topic,
  case scope when 'record' then -1 else partition end as partition,
  count(*)::integer as keys, count(*) filter (where state = 'quarantined')::integer as quarantined,
  min(since) as since, (array_agg(error order by since))[1] as error, (array_agg(error_code order by since))[1] as code
from outbox.quarantine
group by 1, 2, 3
order by since limit 100`,
}

export interface HeldRow {
  scope: 'record' | 'topic' | 'partition'
  topic: string | null
  partition: number
  keys: number
  quarantined: number
  since: Date
  error: string
  code: string
}
