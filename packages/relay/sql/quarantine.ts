import { fence, findCursor } from './findCursor.ts'

/** True of the rows of `table` that have this shard and key. The digest is what finds them: see outbox.key_digest. */
const ofKey = (table: string, shard: string, key: string) =>
  `${table}.shard = ${shard} and ${table}.key_digest = outbox.key_digest(${key}) and ${table}.key = ${key}`

/** The events of a key in the quarantine q that wait. */
const waitingEvents = `
  select e.id, e.payload_bytes from outbox.quarantined_event e
  where e.shard = q.shard and e.key_digest = q.key_digest and e.key = q.key and e.resolution is null`

/** The quarantined keys of the shards $1, each with how many events wait. */
export const readQuarantinedKeys = {
  name: 'relevo_q_keys',
  text: `
select q.shard, q.key, q.scope, q.topic, q.partition, q.error_code, q.error, q.since, waiting.events::integer
from outbox.quarantine q cross join lateral (select count(*) as events from (${waitingEvents}) e) waiting
where q.shard = any($1::smallint[])`,
}

export interface QuarantinedKeyRow {
  shard: number
  key: string
  scope: 'record' | 'topic' | 'partition'
  topic: string
  partition: number
  error_code: string
  error: string
  since: Date
  events: number
}

/**
 * Keys of the shards $1 that an operator has given a command for, or whose retry is due. No pause is as long as ten
 * minutes: a retry that is further ahead was set before the clock went back.
 */
export const readDueKeys = {
  name: 'relevo_q_due',
  text: `
select shard, key, attempts, command from outbox.quarantine
where shard = any($1::smallint[])
  and (command is not null or (state = 'retrying' and retry_at not between clock_timestamp() and clock_timestamp() + interval '10 minutes'))
order by since limit 100`,
}

export interface DueKeyRow {
  shard: number
  key: string
  attempts: number
  command: 'redrive' | 'skip' | 'discard' | null
}

/** Events by their ids, the first that are not more than $rows and $bytes; columns of EventRow. */
const firstOf = (ids: string, rows: string, bytes: string) => `
select e.id, e.shard, e.event_id, e.topic, e.key, e.partition_key, e.type, e.headers::text, e.payload::text,
  e.created_at::text
from (
  select id, sum(payload_bytes + 200) over (order by id rows unbounded preceding) - payload_bytes - 200 as before
  from (${ids} order by id limit ${rows}) first
) page join outbox.quarantined_event e using (id)
where page.before < ${bytes}::bigint
order by e.id`

/** The first $3 events of key $2 in shard $1 that wait, up to $4 bytes, in the columns of EventRow. */
export const readQuarantinedEvents = {
  name: 'relevo_q_events',
  text: firstOf(
    `select w.id, w.payload_bytes from outbox.quarantine q cross join lateral (${waitingEvents}) w
     where ${ofKey('q', '$1', '$2')}`,
    '$3',
    '$4',
  ),
}

/** True of the keys of the shards $1 that wait for partition $3 of topic $2; -1 is the topic. */
const waitsFor = `q.shard = any($1::smallint[]) and q.scope <> 'record' and q.topic = $2 and q.partition = $3::integer`

/** The first $4 events, up to $5 bytes, of the keys that wait for partition $3 of topic $2 in the shards $1. */
export const readHeldEvents = {
  name: 'relevo_q_held',
  text: firstOf(
    `select w.id, w.payload_bytes from outbox.quarantine q cross join lateral (${waitingEvents}) w
     where ${waitsFor}`,
    '$4',
    '$5',
  ),
}

/** The events at the head of $4 keys that wait for partition $3 of topic $2 in the shards $1. */
export const readHeldHeads = {
  name: 'relevo_q_heads',
  text: firstOf(
    `select w.id, w.payload_bytes from (select * from outbox.quarantine q where ${waitsFor} order by since limit $4) q
     cross join lateral (${waitingEvents} order by e.id limit 1) w`,
    '$4',
    '$5',
  ),
}

/** Resolves the first (skip) or every (discard) waiting event of key $3 as $4, at most $5 of them, and retries the rest now. */
export const resolveQuarantined = {
  name: 'relevo_q_resolve',
  text: `
with ${fence}, resolved as (
  update outbox.quarantined_event q set resolution = $4, resolved_at = now()
  from fence
  where q.id in (
    select e.id from outbox.quarantined_event e
    where ${ofKey('e', '$1', '$3')} and e.resolution is null order by e.id limit $5::bigint
  )
)
update outbox.quarantine q set state = 'retrying', attempts = 0, retry_at = clock_timestamp(), command = null
from fence where ${ofKey('q', '$1', '$3')}`,
}

/** Makes key $3 due now, with its attempts counted from the start. */
export const redriveKey = {
  name: 'relevo_q_redrive',
  text: `
with ${fence}
update outbox.quarantine q set state = 'retrying', attempts = 0, retry_at = clock_timestamp(), command = null
from fence where ${ofKey('q', '$1', '$3')}`,
}

/** Takes the events $4, which Kafka has acknowledged, out of the quarantine; $3 of them in each shard $1 (epochs $2). */
export const removeAcknowledged = {
  name: 'relevo_q_remove',
  text: `
with moved as (
  update outbox.stored_cursor p set acknowledged = p.acknowledged + s.events, quarantined = p.quarantined - s.events
  from unnest($1::smallint[], $2::bigint[], $3::integer[]) as s (shard, epoch, events)
  where ${findCursor('s.shard')} and p.epoch = s.epoch
  returning p.shard
)
delete from outbox.quarantined_event q using moved where q.id = any($4::bigint[]) and q.shard = moved.shard`,
}

/**
 * The events $4 at the heads of the keys $3 (shards $1, epochs $2) were refused again: $5 attempts, state $6, next
 * retry in $7 ms, code $8, error $9, its scope $10, topic $11 and partition $12.
 */
export const recordRefusals = {
  name: 'relevo_q_refuse',
  text: `
with refused as (
  select r.* from unnest($1::smallint[], $2::bigint[], $3::text[], $4::bigint[], $5::integer[], $6::text[],
    $7::integer[], $8::text[], $9::text[], $10::text[], $11::text[], $12::integer[])
    as r (shard, epoch, key, id, attempts, state, delay_ms, error_code, error, scope, topic, partition)
  join outbox.stored_cursor p on ${findCursor('r.shard')} and p.epoch = r.epoch
  for update of p
), heads as (
  update outbox.quarantined_event q set attempts = r.attempts, error = r.error from refused r where q.id = r.id
)
update outbox.quarantine q set state = r.state, attempts = r.attempts, error_code = r.error_code, error = r.error,
  scope = r.scope, topic = r.topic, partition = r.partition,
  retry_at = case r.scope when 'record' then clock_timestamp() + r.delay_ms * interval '1 millisecond' end
from refused r where ${ofKey('q', 'r.shard', 'r.key')}`,
}

/** Ends the quarantine of the keys $3 (shards $1, epochs $2) behind which no event waits any more; returns these. */
export const endQuarantines = {
  name: 'relevo_q_end',
  text: `
with keys as (
  select k.shard, k.key from unnest($1::smallint[], $2::bigint[], $3::text[]) as k (shard, epoch, key)
  join outbox.stored_cursor p on ${findCursor('k.shard')} and p.epoch = k.epoch
  for update of p
)
delete from outbox.quarantine q using keys k
where ${ofKey('q', 'k.shard', 'k.key')} and not exists (
  select from outbox.quarantined_event e where ${ofKey('e', 'k.shard', 'k.key')} and e.resolution is null)
returning q.shard, q.key`,
}
