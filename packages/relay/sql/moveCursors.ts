import { findCursor, growOlder } from './findCursor.ts'

/**
 * Stores the cursors of the shards $1, if their leases still have the epochs $2, and returns the stored ones.
 * $3 and $4 count the events that were just acknowledged and quarantined; $5 to $9 are the cursor:
 * published, published_seq, target, target_seq, last_id.
 */
const move = `
update outbox.stored_cursor p set
  published = $5::pg_snapshot, published_seq = $6::bigint,
  target = $7::pg_snapshot, target_seq = $8::bigint, last_id = $9::bigint,
  acknowledged = p.acknowledged + s.acknowledged, quarantined = p.quarantined + s.quarantined,
  failing_id = null, failing_since = null, attempts = 0, error = null, ${growOlder}
from unnest($1::smallint[], $2::bigint[], $3::integer[], $4::integer[])
  as s (shard, epoch, acknowledged, quarantined)
where ${findCursor('s.shard')} and p.epoch = s.epoch
returning p.shard`

export const moveCursors = { name: 'relevo_move', text: move }

/**
 * The same, and copies the events $10 to the quarantine atomically. $11 to $18 are the keys that begin
 * to be quarantined now: shard, key, id of the refused event, error code, error, its scope, topic and partition; $19 is
 * the delay of their first retry in ms, for the scope record.
 */
export const moveCursorsAndQuarantine = {
  name: 'relevo_move_quarantine',
  text: `
with moved as (${move}), refused as (
  select * from unnest($11::smallint[], $12::text[], $13::bigint[], $14::text[], $15::text[], $16::text[],
    $17::text[], $18::integer[]) as r (shard, key, id, error_code, error, scope, topic, partition)
), keys as (
  insert into outbox.quarantine (shard, key, scope, topic, partition, state, attempts, retry_at, error_code, error)
  select r.shard, r.key, r.scope, r.topic, r.partition, 'retrying', 1,
    case r.scope when 'record' then clock_timestamp() + $19::integer * interval '1 millisecond' end,
    r.error_code, r.error
  from refused r join moved using (shard)
  on conflict (shard, key_digest) do nothing
)
, events as (
  insert into outbox.quarantined_event (id, xid, shard, event_id, topic, key, partition_key, type, headers, payload,
    created_at, attempts, error)
  select e.id, e.xid, e.shard, e.event_id, e.topic, e.key, e.partition_key, e.type, e.headers, e.payload,
    e.created_at, case when r.id is null then 0 else 1 end, r.error
  from outbox.event e join moved using (shard) left join refused r on r.id = e.id
  where e.id = any($10::bigint[])
  on conflict (id) do nothing
)
select shard from moved`,
}

/**
 * Stores that the page up to id $8 of the shards $1 (epochs $2) is not taken by the broker, with the cursor
 * $3 to $7 as in {@link moveCursors}, the attempts so far $9 and the error $10.
 */
export const recordFailure = {
  name: 'relevo_fail',
  text: `
update outbox.stored_cursor p set
  published = $3::pg_snapshot, published_seq = $4::bigint,
  target = $5::pg_snapshot, target_seq = $6::bigint, last_id = $7::bigint,
  failing_id = $8::bigint, failing_since = coalesce(p.failing_since, now()), attempts = $9::integer, error = $10,
  ${growOlder}
from unnest($1::smallint[], $2::bigint[]) as s (shard, epoch)
where ${findCursor('s.shard')} and p.epoch = s.epoch
returning p.shard`,
}
