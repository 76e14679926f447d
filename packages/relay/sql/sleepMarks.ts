/** The lock class that `outbox.is_relay_asleep` tests. */
const lockClass = 1_919_247_998

/** Locks the shards $1 for the session, except those locked by another session; returns the locked ones. */
export const markAsleep = {
  name: 'relevo_mark_asleep',
  text: `select shard from unnest($1::integer[]) shard where pg_try_advisory_lock(${lockClass}, shard)`,
}

/** Releases the locks of the shards $1. */
export const unmarkAsleep = {
  name: 'relevo_unmark_asleep',
  text: `select pg_advisory_unlock(${lockClass}, shard) from unnest($1::integer[]) shard`,
}
