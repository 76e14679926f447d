/**
 * True of the row p of outbox.stored_cursor that is the shard's. However many versions of it Postgres retains for an open
 * transaction, few are visited: those of the youngest generation.
 */
export const findCursor = (shard: string) => `p.shard = ${shard} and p.generation = (
  select generation from outbox.stored_cursor where shard = ${shard} order by generation desc limit 1)`

/** Goes with every frequent update: a generation has some eight versions. Most updates leave the index as it is, which is cheap. */
export const growOlder = 'generation = p.generation + (random() < 0.125)::integer'

const isFenced = `${findCursor('$1')} and p.epoch = $2::bigint`

/** A query that has a row, and holds it, if the lease of shard $1 still has the epoch $2. */
export const fence = `fence as (select p.shard from outbox.stored_cursor p where ${isFenced} for update)`
