/**
 * One event; returns `id xid shard created_at` as one text. The casts by way of text keep postgres.js from encoding a JSON
 * text once more.
 */
export const enqueueEvent =
  'select outbox.enqueue_one($1, $2, $3, $4, $5, $6::text::json, $7::text::json) as recorded'

/**
 * Seven arrays of one length, a place in each for every event; returns the rows in the order given. All columns are text,
 * which no client parses in a way of its own.
 */
export const enqueueEvents = `
select id::text, xid::text, shard::text, event_id::text,
  trunc(extract(epoch from created_at) * 1000)::text as created_ms
from outbox.enqueue($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])`
