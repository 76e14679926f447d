import { findCursor } from './findCursor.ts'

/**
 * The longest possible lease. One that ends later was written before the clock was set back: a live relay renews it soon, and
 * a dead relay must not keep it until the clock gets there again.
 */
export const maxLeaseMs = 10_000
const lease = `interval '${maxLeaseMs} milliseconds'`

/** A live relay reports again soon, so a future time, as after the clock was set back, counts as none. */
const lives = `seen_at between clock_timestamp() - $2::integer * interval '1 millisecond' and clock_timestamp() + ${lease}`

/** For an update of outbox.stored_cursor p: the rows of the shards that relay $1 holds. */
const ofHeld = `
from outbox.cursor c
where p.shard = c.shard and p.generation = c.generation and p.owner = $1 and p.lease_until >= clock_timestamp()`

/**
 * Says that relay $1 is alive, forgets those silent for $2 ms, prolongs all leases of relay $1 by $2 ms, and returns how many relays
 * live and the shards that it still has. One statement: every relay sends it every two seconds, also with nothing to do.
 */
export const renewLeases = {
  name: 'relevo_renew',
  text: `
with me as (
  insert into outbox.relay (owner, seen_at) values ($1, clock_timestamp())
  on conflict (owner) do update set seen_at = excluded.seen_at
), gone as (
  delete from outbox.relay where owner <> $1 and not ${lives}
), held as (
  update outbox.stored_cursor p set lease_until = clock_timestamp() + $2::integer * interval '1 millisecond'
  ${ofHeld}
  returning p.shard
)
select (select count(*)::integer + 1 from outbox.relay where owner <> $1 and ${lives}) as living,
  array(select shard from held) as shards`,
}

const cursorColumns = `p.shard, p.epoch::text, p.published::text, p.published_seq::text, p.target::text,
  p.target_seq::text, p.last_id::text, p.attempts`

/** Takes up to $3 shards that nobody holds, for relay $1 and $2 ms. */
export const takeLeases = {
  name: 'relevo_take',
  text: `
with free as (
  select p.shard, p.generation from outbox.cursor c join outbox.stored_cursor p using (shard, generation)
  where p.owner is null or p.lease_until not between clock_timestamp() and clock_timestamp() + ${lease}
  order by p.shard limit $3::integer
  for update of p skip locked
)
update outbox.stored_cursor p
set owner = $1, epoch = p.epoch + 1, lease_until = clock_timestamp() + $2::integer * interval '1 millisecond'
from free where p.shard = free.shard and p.generation = free.generation
returning ${cursorColumns}`,
}

/** Renews the shards that relay $1 still holds, for $2 ms. */
export const resumeLeases = {
  name: 'relevo_resume',
  text: `
update outbox.stored_cursor p
set epoch = p.epoch + 1, lease_until = clock_timestamp() + $2::integer * interval '1 millisecond'
${ofHeld}
returning ${cursorColumns}`,
}

/** Gives back the shards $2 of relay $1. */
export const releaseLeases = {
  name: 'relevo_release',
  text: `
update outbox.stored_cursor p set owner = null, lease_until = null
from unnest($2::smallint[]) s (shard)
where ${findCursor('s.shard')} and p.owner = $1`,
}

/** In its own transaction: NOTIFY fails if its queue is full, and would roll back the rest. */
export const tellOfLeases = { name: 'relevo_tell_leases', text: `select pg_notify('outbox_wake', 'leases')` }

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
