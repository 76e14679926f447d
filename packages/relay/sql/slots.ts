/** The replication slot $1, if it is there. `lost`: Postgres has given up what it stood for. */
export const readSlot = {
  name: 'relevo_slot',
  text: `
select s.active_pid, s.confirmed_flush_lsn::text as confirmed, s.wal_status = 'lost' as lost,
  s.database = current_database() and s.plugin = 'pgoutput' as ours,
  pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::double precision as retained_bytes,
  s.safe_wal_size::double precision as safe_bytes
from pg_replication_slots s where s.slot_name = $1`,
}

/**
 * Whether slot $1 would be there after a failover: it goes with one, and a replica is there to have it. Null without replicas.
 * `failover` came with Postgres 17.
 */
export const readProtection = {
  name: 'relevo_slot_protection',
  text: `
select case when r.replicas > 0
    then coalesce((to_jsonb(s) ->> 'failover')::boolean, false) and r.active > 0 end as protected
from pg_replication_slots s,
  (select count(*) as replicas, count(*) filter (where active) as active
   from pg_replication_slots where slot_type = 'physical') r
where s.slot_name = $1`,
}

export interface SlotRow {
  active_pid: number | null
  confirmed: string | null
  lost: boolean
  ours: boolean
  retained_bytes: number | null
  /** How much more may be written before the slot is lost; null without a limit. */
  safe_bytes: number | null
}

/** Waits until every transaction that is under way has ended. The slot goes with a failover where Postgres can do that. */
export const createSlot = {
  name: 'relevo_slot_create',
  text: `select pg_create_logical_replication_slot($1, 'pgoutput', false, false, true)`,
}

/** The same for Postgres 16 and older, whose slots stay behind in a failover. */
export const createSlotBefore17 = {
  name: 'relevo_slot_create_16',
  text: `select pg_create_logical_replication_slot($1, 'pgoutput', false, false)`,
}

export const readVersion = {
  name: 'relevo_version',
  text: `select current_setting('server_version_num')::integer as version, current_setting('wal_level') as wal_level`,
}

/** What was stored under another slot says nothing of the next one: its WAL may be another cluster's. */
export const forgetStreamed = { name: 'relevo_streamed_forget', text: 'delete from outbox.streamed' }

/** Drops slot $1 unless somebody reads from it. */
export const dropSlot = {
  name: 'relevo_slot_drop',
  text: `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and active_pid is null`,
}

/** Drops slot $1 when nobody reads from it and more than $2 bytes of WAL wait for that. Returns a row if so. */
export const dropUnreadSlot = {
  name: 'relevo_slot_drop_unread',
  text: `
select pg_drop_replication_slot(slot_name) from pg_replication_slots
where slot_name = $1 and active_pid is null and database = current_database() and plugin = 'pgoutput'
  and pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) > $2::bigint`,
}

/** Ends the connection that reads from slot $1, if any does. */
export const freeSlot = {
  name: 'relevo_slot_free',
  text: `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active_pid is not null`,
}

/** A slot that a stream waits for and that nobody reads from; without the setting, which Postgres 17 brings, there is none. */
export const readAwaitedStandby = {
  name: 'relevo_awaited_standby',
  text: `
select awaited.slot, s.slot_name is not null as exists from (
  select trim(both ' "' from name) as slot
  from unnest(string_to_array(current_setting('synchronized_standby_slots', true), ',')) name
) awaited left join pg_replication_slots s on s.slot_name = awaited.slot
where awaited.slot <> '' and s.active_pid is null limit 1`,
}

/** Up to where all events are published by the cursors, as it was stored last. */
export const readStreamed = {
  name: 'relevo_streamed',
  text: 'select lsn::text from outbox.streamed',
}

/** Stores position $3, if the leases of the shards $1 still have the epochs $2. Returns a row if so. */
export const storeStreamed = {
  name: 'relevo_stream',
  text: `
insert into outbox.streamed as s (lsn)
select $3::pg_lsn where cardinality($1::smallint[]) = (
  select count(*) from outbox.cursor c join unnest($1::smallint[], $2::bigint[]) as held (shard, epoch) using (shard)
  where c.epoch = held.epoch
)
on conflict (singleton) do update set lsn = excluded.lsn
returning s.lsn`,
}
