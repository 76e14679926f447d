/** Counts the events of a closed partition once: no transaction of its day is in progress any more. */
export const countClosedPartitions = (name: string) => `
insert into outbox.partition_count (partition, shard, events)
select '${name}', c.shard, count(e.id) from outbox.cursor c left join outbox.${name} e on e.shard = c.shard
group by c.shard
on conflict do nothing`

/** Partitions that ended before yesterday, are wholly published and have not been counted. */
export const readUncounted = {
  name: 'relevo_uncounted',
  text: `
select c.relname as name
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'outbox.event'::regclass and not i.inhdetachpending
  and to_date(substring(c.relname from 'event_(\\d{8})$'), 'YYYYMMDD') + 2 <= (now() at time zone 'UTC')::date
  and not exists (select from outbox.partition_count p where p.partition = c.relname)
order by c.relname`,
}

/**
 * Per shard: the events that the cursor says are done, counted in the table, and what was counted as it went.
 * $1 is where the open partitions begin.
 */
export const auditShards = {
  name: 'relevo_audit',
  text: `
select c.shard,
  c.dropped + coalesce(closed.events, 0) + coalesce(open.events, 0) as recorded,
  c.acknowledged, c.quarantined
from outbox.cursor c
left join (select shard, sum(events) as events from outbox.partition_count group by shard) closed using (shard)
left join (
  select e.shard, count(*) as events
  from outbox.event e join outbox.cursor c on c.shard = e.shard
  where e.created_at >= $1 and outbox.is_published(c, e.xid, e.id)
  group by e.shard
) open using (shard)
order by c.shard`,
}

export interface AuditRow {
  shard: number
  recorded: string
  acknowledged: string
  quarantined: string
}

/** The beginning of the first partition that is not counted yet. */
export const readOpenSince = {
  name: 'relevo_open_since',
  text: `
select coalesce(max(to_date(substring(partition from 'event_(\\d{8})$'), 'YYYYMMDD') + 1), date '2000-01-01')
  ::timestamp at time zone 'UTC' as since
from outbox.partition_count`,
}
