/** Says that relay $1 is alive, forgets those silent for $2 ms, and counts the living. */
export const beat = {
  name: 'relevo_beat',
  text: `
with me as (
  insert into outbox.relay (owner, seen_at) values ($1, clock_timestamp())
  on conflict (owner) do update set seen_at = excluded.seen_at
), gone as (
  delete from outbox.relay where owner <> $1 and seen_at < clock_timestamp() - $2::integer * interval '1 millisecond'
)
select count(*)::integer + 1 as living from outbox.relay
where owner <> $1 and seen_at >= clock_timestamp() - $2::integer * interval '1 millisecond'`,
}

/** Prolongs all leases of relay $1 by $2 ms; returns the shards it still has. */
export const renewLeases = {
  name: 'relevo_renew',
  text: `
update outbox.cursor set lease_until = clock_timestamp() + $2::integer * interval '1 millisecond'
where owner = $1 and lease_until >= clock_timestamp()
returning shard`,
}

const cursorColumns = `c.shard, c.epoch::text, c.published::text, c.published_seq::text, c.target::text,
  c.target_seq::text, c.last_id::text, c.attempts`

/** Takes up to $3 shards that nobody holds, for relay $1 and $2 ms. */
export const takeLeases = {
  name: 'relevo_take',
  text: `
with free as (
  select shard from outbox.cursor
  where owner is null or lease_until < clock_timestamp()
  order by shard limit $3::integer
  for update skip locked
)
update outbox.cursor c
set owner = $1, epoch = c.epoch + 1, lease_until = clock_timestamp() + $2::integer * interval '1 millisecond'
from free where c.shard = free.shard
returning ${cursorColumns}`,
}

/** Takes the shards that relay $1 still holds anew, for $2 ms. */
export const resumeLeases = {
  name: 'relevo_resume',
  text: `
update outbox.cursor c
set epoch = c.epoch + 1, lease_until = clock_timestamp() + $2::integer * interval '1 millisecond'
where c.owner = $1 and c.lease_until >= clock_timestamp()
returning ${cursorColumns}`,
}

/** Gives back the shards $2 of relay $1 and tells the other relays. */
export const releaseLeases = {
  name: 'relevo_release',
  text: `
with released as (
  update outbox.cursor set owner = null, lease_until = null
  where owner = $1 and shard = any($2::smallint[])
  returning shard
)
select pg_notify('outbox_wake', 'leases') from released limit 1`,
}

export const forgetRelay = { name: 'relevo_forget', text: 'delete from outbox.relay where owner = $1' }

export interface CursorRow {
  shard: number
  epoch: string
  published: string
  published_seq: string
  target: string | null
  target_seq: string | null
  last_id: string
  attempts: number
}
