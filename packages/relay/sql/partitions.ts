export const ensurePartitions = { name: 'relevo_ensure', text: 'select outbox.ensure_partitions($1) as made' }

/** Daily partitions, the oldest first, with the day they end on and whether a detach was begun and not finished. */
export const readPartitions = {
  name: 'relevo_partitions',
  text: `
select c.relname as name, i.inhdetachpending as detaching,
  to_date(substring(c.relname from 'event_(\\d{8})$'), 'YYYYMMDD') + 1 <= (now() at time zone 'UTC')::date - $1::integer
    as expired
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'outbox.event'::regclass
order by c.relname`,
}

export interface PartitionRow {
  name: string
  detaching: boolean
  expired: boolean
}

/** One relay at a time keeps the partitions; the lock goes with the session. */
export const lockMaintenance = {
  name: 'relevo_maintain',
  text: 'select pg_try_advisory_lock(1919247994, 0) as mine',
}

export const unlockMaintenance = {
  name: 'relevo_unmaintain',
  text: 'select pg_advisory_unlock(1919247994, 0)',
}

/** Statements on one partition, whose name readPartitions gave. */
export const partitionStatements = {
  /** Is there an event in it that is neither published nor in the quarantine? */
  hasUnpublished: (name: string) => `
    select exists (
      select from outbox.${name} e join outbox.cursor c on c.shard = e.shard
      where not outbox.is_published(c, e.xid, e.id)
    ) as unpublished`,
  /** Once detached nobody writes to it: counts its events for the audit and drops it, in one transaction. */
  countAndDrop: (name: string) => `
    begin;
    update outbox.place p set dropped = p.dropped + n.events
    from (select shard, count(*) as events from outbox.${name} group by shard) n where n.shard = p.shard;
    delete from outbox.partition_count where partition = '${name}';
    drop table outbox.${name};
    commit`,
  detach: (name: string) => `alter table outbox.event detach partition outbox.${name} concurrently`,
  finishDetach: (name: string) => `alter table outbox.event detach partition outbox.${name} finalize`,
}

/** Detached partitions that were not dropped, since the relay was interrupted in between. */
export const readDetached = {
  name: 'relevo_detached',
  text: `
select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'outbox' and c.relkind = 'r' and not c.relispartition and c.relname ~ '^event_\\d{8}$'`,
}

/** Forgets events that an operator skipped or discarded $1 days ago. */
export const dropResolved = {
  name: 'relevo_resolved',
  text: `delete from outbox.quarantined_event where resolved_at < now() - $1::integer * interval '1 day'`,
}
