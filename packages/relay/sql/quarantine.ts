import { findPlace } from './findPlace.ts'

/** True of the rows of `table` that have this shard and key. The digest is what finds them: see outbox.key_digest. */
const ofKey = (table: string, shard: string, key: string) =>
  `${table}.shard = ${shard} and ${table}.key_digest = outbox.key_digest(${key}) and ${table}.key = ${key}`

/** The quarantined keys of the shards $1. */
export const readQuarantinedKeys = {
  name: 'relevo_q_keys',
  text: 'select shard, key from outbox.quarantine where shard = any($1::smallint[])',
}

/** Keys of the shards $1 that an operator has given a command for, or whose retry is due. */
export const readDueKeys = {
  name: 'relevo_q_due',
  text: `
select shard, key, attempts, command from outbox.quarantine
where shard = any($1::smallint[])
  and (command is not null or (state = 'retrying' and retry_at <= clock_timestamp()))
order by since limit 100`,
}

export interface DueKeyRow {
  shard: number
  key: string
  attempts: number
  command: 'redrive' | 'skip' | 'discard' | null
}

/** The first $3 events of key $2 in shard $1 that wait, in the columns of EventRow. */
export const readQuarantinedEvents = {
  name: 'relevo_q_events',
  text: `
select id, shard, event_id, topic, key, partition_key, type, headers::text, payload::text, created_at::text
from outbox.quarantined_event e
where ${ofKey('e', '$1', '$2')} and resolution is null
order by id limit $3`,
}

const isFenced = `${findPlace('$1')} and p.epoch = $2::bigint`
const fence = `fence as (select p.shard from outbox.place p where ${isFenced} for update)`

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

/** Makes key $3 due now, with its attempts counted anew. */
export const redriveKey = {
  name: 'relevo_q_redrive',
  text: `
with ${fence}
update outbox.quarantine q set state = 'retrying', attempts = 0, retry_at = clock_timestamp(), command = null
from fence where ${ofKey('q', '$1', '$3')}`,
}

/** Takes the events $3, which Kafka has acknowledged, out of the quarantine. */
export const removeAcknowledged = {
  name: 'relevo_q_remove',
  text: `
with moved as (
  update outbox.place p set acknowledged = p.acknowledged + cardinality($3::bigint[]),
    quarantined = p.quarantined - cardinality($3::bigint[])
  where ${isFenced}
  returning p.shard
)
delete from outbox.quarantined_event q using moved where q.id = any($3::bigint[]) and q.shard = moved.shard`,
}

/** The first event $4 of key $3 was refused again: $5 attempts, state $6, next retry in $7 ms, code $8, error $9. */
export const recordRefusal = {
  name: 'relevo_q_refuse',
  text: `
with ${fence}, head as (
  update outbox.quarantined_event q set attempts = $5::integer, error = $9 from fence where q.id = $4
)
update outbox.quarantine q set state = $6, attempts = $5::integer, error_code = $8, error = $9,
  retry_at = clock_timestamp() + $7::integer * interval '1 millisecond'
from fence where ${ofKey('q', '$1', '$3')}`,
}

/** Nobody waits behind key $3 any more: ends its quarantine. Returns a row if so. */
export const endQuarantine = {
  name: 'relevo_q_end',
  text: `
with ${fence}
delete from outbox.quarantine q using fence
where ${ofKey('q', '$1', '$3')} and not exists (
  select from outbox.quarantined_event e where ${ofKey('e', '$1', '$3')} and e.resolution is null)
returning q.key`,
}
