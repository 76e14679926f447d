import type { Queryable } from '@relevo/outbox'

/** At most $3 events above the checkpoint, and at most $3 of transactions that were open when it was made. */
const selectLag = `
with c as materialized (select * from event_store.checkpoint($1)), due as (
  (select e.recorded_at from event_store.event e, c
   where e.seq > c.published_seq and e.category = any($2::text[]) and not event_store.is_passed(c, e.xid, e.seq)
   order by e.seq limit $3::integer)
  union all
  (select e.recorded_at from c cross join lateral pg_snapshot_xip(c.published) as late (xid)
     join event_store.event e on e.xid = late.xid
   where e.seq <= c.published_seq and e.category = any($2::text[]) and not event_store.is_passed(c, e.xid, e.seq)
   limit $3::integer)
)
select least(count(*), $3::integer)::text as events,
  coalesce(extract(epoch from clock_timestamp() - min(recorded_at)), 0)::text as seconds
from due`

const mostCounted = 10_000

/** Committed events that a subscription has not applied, at most 10,000, and the age of the oldest. */
export interface SubscriptionLag {
  readonly events: number
  readonly seconds: number
}

/** A subscription's lag. Events behind one that cannot be applied count as applied. Errors: the client's. */
export async function readLag(
  client: Queryable,
  { name, categories }: { readonly name: string; readonly categories: readonly string[] },
): Promise<SubscriptionLag> {
  const { rows } = await client.query(selectLag, [name, categories, mostCounted])
  return { events: Number(rows[0].events), seconds: Number(rows[0].seconds) }
}
