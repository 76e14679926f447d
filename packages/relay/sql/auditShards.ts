import { query, type SqlClient } from '../sqlClient.ts'

const readOldestSql = 'select min(pg_snapshot_xmin(as_of))::text as xid from outbox.audited'

/** No transaction before it has events that are still to be counted. Errors: pg's, as of all functions here. */
export async function readOldestUncounted(client: SqlClient): Promise<string> {
  const [row] = await query<{ xid: string | null }>(client, { name: 'relevo_uncounted', text: readOldestSql })
  return row?.xid ?? '1'
}

/** As pg_snapshot has no comparison; $1 only saves looking at what is counted. */
const uncounted = `e.xid >= $1::xid8 and not pg_visible_in_snapshot(e.xid, a.as_of)`

const auditSql = `
select c.shard, c.dropped + a.events + coalesce(open.events, 0) as recorded, coalesce(open.events, 0) as open,
  c.acknowledged, c.quarantined
from outbox.cursor c
join outbox.audited a using (shard)
left join (
  select e.shard, count(*) as events
  from outbox.event e join outbox.cursor c on c.shard = e.shard join outbox.audited a on a.shard = e.shard
  where ${uncounted} and outbox.is_published(c, e.xid, e.id)
  group by e.shard
) open using (shard)
order by c.shard`

export interface AuditRow {
  readonly shard: number
  readonly recorded: string
  /** Of these, the events that were counted now. */
  readonly open: string
  readonly acknowledged: string
  readonly quarantined: string
}

/** Per shard: the events that the cursor says are done, counted in the table, and what was counted on their way. */
export function auditShards(client: SqlClient, oldestUncounted: string): Promise<AuditRow[]> {
  return query(client, { name: 'relevo_audit', text: auditSql }, [oldestUncounted])
}

/** If two relays do this at once, the second finds a changed `as_of` and adds nothing. */
const rememberSql = `
with passed as (
  select c.shard, c.published, a.as_of, (
    select count(*) from outbox.event e
    where e.shard = c.shard and ${uncounted} and pg_visible_in_snapshot(e.xid, c.published)
  ) as events
  from outbox.cursor c join outbox.audited a using (shard)
)
update outbox.audited a set events = a.events + p.events, as_of = p.published
from passed p where p.shard = a.shard and p.as_of::text = a.as_of::text`

/** Stores the counts of what the cursors have passed, by their snapshots, so that no clock matters. */
export async function rememberCounts(client: SqlClient, oldestUncounted: string): Promise<void> {
  await query(client, { name: 'relevo_remember_counts', text: rememberSql }, [oldestUncounted])
}
