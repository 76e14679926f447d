/**
 * True of the row p of outbox.stored_cursor that is the shard's. However many versions of it Postgres keeps for a transaction
 * that is held open, few are visited: those of the youngest generation.
 */
export const findCursor = (shard: string) => `p.shard = ${shard} and p.generation = (
  select generation from outbox.stored_cursor where shard = ${shard} order by generation desc limit 1)`

/** Goes with every frequent update: a generation has some eight versions. Most updates leave the index as it is, which is cheap. */
export const growOlder = 'generation = p.generation + (random() < 0.125)::integer'
