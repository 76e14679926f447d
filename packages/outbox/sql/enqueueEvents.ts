/**
 * One event; returns `id xid shard created_at` as one text. The casts through text keep postgres.js from encoding JSON
 * text a second time.
 */
export const enqueueEvent =
  'select outbox.enqueue_one($1, $2, $3, $4, $5, $6::text::json, $7::text::json) as recorded'

/**
 * Seven arrays of equal length, one element per event; returns a row per event in the order given, as one text as above. One column
 * with a one-word name: some libraries rename columns, but none parses text differently.
 */
export const enqueueEvents = `
select concat_ws(' ', id, xid, shard, trunc(extract(epoch from created_at) * 1000)) as recorded
from outbox.enqueue($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])`
