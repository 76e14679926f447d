/** Quarantined keys, the oldest first, with the event at the head of each; after the place ($1, $2), at most $3. */
export const listQuarantinedKeys = {
  name: 'relevo_q_list',
  text: `
select q.shard, q.key, q.state, q.attempts, q.error_code, q.error, q.since, q.retry_at, q.command,
  head.event_id, head.topic, head.type, head.id::text as event_number, waiting.events::integer as events
from outbox.quarantine q
left join lateral (
  select * from outbox.quarantined_event e
  where e.shard = q.shard and e.key_digest = q.key_digest and e.key = q.key and e.resolution is null order by e.id limit 1
) head on true
cross join lateral (
  select count(*) as events from outbox.quarantined_event e
  where e.shard = q.shard and e.key_digest = q.key_digest and e.key = q.key and e.resolution is null
) waiting
where (q.shard, q.key) > ($1::smallint, $2::text)
order by q.shard, q.key limit $3::integer`,
}

/** Asks the relay that holds the key's shard for command $2 on key $1; wakes it. Returns a row if there is such a key. */
export const commandQuarantinedKey = {
  name: 'relevo_q_command',
  text: `
with told as (update outbox.quarantine set command = $2 where key = $1 returning shard)
select shard, pg_notify('outbox_wake', 'quarantine') from told`,
}
