/** The keys that match the filter $1 to $7, each with the event at its head. */
const matching = `
select q.*, head.event_id, head.type, head.id as head_id
from outbox.quarantine q
left join lateral (
  select e.id, e.event_id, e.type from outbox.quarantined_event e
  where e.shard = q.shard and e.key_digest = q.key_digest and e.key = q.key and e.resolution is null order by e.id limit 1
) head on true
where ($1::text is null or (q.shard = outbox.key_bucket($1) % outbox.shards()
    and q.key_digest = outbox.key_digest($1) and q.key = $1)) and ($2::text is null or starts_with(q.key, $2))
  and ($3::text is null or q.topic = $3) and ($4::text is null or head.type = $4)
  and ($5::text is null or q.error_code = $5) and ($6::text is null or q.state = $6)
  and ($7::uuid is null or head.event_id = $7)`

/** How many events of the key q wait. */
const waiting = `
select count(*) as events from outbox.quarantined_event e
where e.shard = q.shard and e.key_digest = q.key_digest and e.key = q.key and e.resolution is null`

/** Quarantined keys that match the filter, after the shard and digest of a key $8 and $9, at most $10. */
export const listQuarantinedKeys = {
  name: 'relevo_q_list',
  text: `
select q.shard, encode(q.key_digest, 'hex') as digest, q.key, q.scope, q.topic, q.partition, q.state, q.attempts, q.error_code, q.error, q.since, q.retry_at,
  q.command, q.event_id, q.type, q.head_id::text as event_number, waiting.events::integer as events
from (${matching}) q cross join lateral (${waiting}) waiting
where (q.shard, q.key_digest) > ($8::smallint, decode($9::text, 'hex'))
order by q.shard, q.key_digest limit $10::integer`,
}

/** How many keys match the filter, and how many events of theirs wait. */
export const countQuarantinedKeys = {
  name: 'relevo_q_count',
  text: `
select count(*)::integer as keys, coalesce(sum(waiting.events), 0)::integer as events
from (${matching}) q cross join lateral (${waiting}) waiting`,
}

/** The first $2 events of key $1 in the quarantine that wait, with what an operator may want to see. */
export const showQuarantinedEvents = {
  name: 'relevo_q_show',
  text: `
select e.id::text, e.event_id, e.topic, e.type, e.headers::text, e.payload::text, e.created_at, e.attempts, e.error
from outbox.quarantined_event e
where e.shard = outbox.key_bucket($1) % outbox.shards() and e.key_digest = outbox.key_digest($1) and e.key = $1
  and e.resolution is null
order by e.id limit $2::integer`,
}

/** Asks the relays that hold the keys that match the filter for command $8, at most $9 keys. */
export const commandQuarantinedKeys = {
  name: 'relevo_q_command',
  text: `
with told as (
  update outbox.quarantine t set command = $8
  from (${matching} order by q.since limit $9::integer) q
  where t.shard = q.shard and t.key_digest = q.key_digest and t.key = q.key
  returning t.shard, t.key
)
select told.shard, told.key, q.last_id::text, q.events::integer from told
cross join lateral (
  select max(e.id) as last_id, count(*) as events from outbox.quarantined_event e
  where e.shard = told.shard and e.key_digest = outbox.key_digest(told.key) and e.key = told.key
    and e.resolution is null
) q`,
}

/** What has become of the keys $2 (shards $1), of whose events up to the ids $3 a command was. */
export const readCommanded = {
  name: 'relevo_q_commanded',
  text: `
select k.shard, k.key, q.command, q.attempts, q.error_code, q.error, waiting.events::integer as events
from unnest($1::smallint[], $2::text[], $3::bigint[]) as k (shard, key, last_id)
left join outbox.quarantine q
  on q.shard = k.shard and q.key_digest = outbox.key_digest(k.key) and q.key = k.key
cross join lateral (
  select count(*) as events from outbox.quarantined_event e
  where e.shard = k.shard and e.key_digest = outbox.key_digest(k.key) and e.key = k.key
    and e.resolution is null and e.id <= k.last_id
) waiting`,
}

/** In its own transaction: NOTIFY fails if its queue is full, and would roll back the rest. */
export const wakeRelays = { name: 'relevo_wake', text: `select pg_notify('outbox_wake', 'quarantine')` }
