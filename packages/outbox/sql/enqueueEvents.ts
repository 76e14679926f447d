/** One event; returns `id xid shard created_at` as one text. */
export const enqueueEvent = 'select outbox.enqueue_one($1, $2, $3, $4, $5, $6, $7) as recorded'

/** Seven arrays of one length, a place in each for every event; returns the rows in the order given. */
export const enqueueEvents = `
select id::text, xid::text, shard, event_id, created_at
from outbox.enqueue($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])`
