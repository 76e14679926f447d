/** The shards whose lease nobody has, and the days from today on that have a partition. */
export const readProvision = {
  name: 'relevo_provision',
  text: `
select (select count(*)::integer from outbox.cursor c
    where c.owner is null or c.lease_until is null or c.lease_until < clock_timestamp()) as unowned,
  (select count(*)::integer from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'outbox.event'::regclass and c.relname ~ '^event_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') >= (now() at time zone 'UTC')::date) as days`,
}

export interface Provision {
  unowned: number
  days: number
}
