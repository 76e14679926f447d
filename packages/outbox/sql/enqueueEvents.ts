/**
 * One event; returns `id xid shard created_at` as one text. The casts by way of text keep postgres.js from encoding a JSON
 * text once more.
 */
export const enqueueEvent =
  'select outbox.enqueue_one($1, $2, $3, $4, $5, $6::text::json, $7::text::json) as recorded'

/**
 * Seven arrays of one length, a place in each for every event; returns a row each in the order given, as one text as above. One column
 * of one word: some libraries rename columns, and none parses a text in a way of its own.
 */
export const enqueueEvents = `
select concat_ws(' ', id, xid, shard, trunc(extract(epoch from created_at) * 1000)) as recorded
from outbox.enqueue($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])`
