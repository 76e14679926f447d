/** The outbox table in the shape that the documentation of Debezium's outbox event router recommends; json for jsonb, as in Relevo's. */
export const debeziumTable = `
create table outboxevent (
  id uuid primary key,
  aggregatetype varchar(255) not null,
  aggregateid varchar(255) not null,
  type varchar(255) not null,
  payload json
);
create publication bench_peer for table outboxevent with (publish = 'insert')`

/** A logical replication slot $1. */
export const createPeerSlot = `select pg_create_logical_replication_slot($1, 'pgoutput')`

/** Whether a replication slot of this database is read from. */
export const readSlotActive = {
  name: 'bench_slot_active',
  text: 'select coalesce(bool_or(active), false) as active from pg_replication_slots where database = current_database()',
}

/** Ends those who read from this database's slots. */
export const freeSlots = `
select pg_terminate_backend(active_pid) from pg_replication_slots
where database = current_database() and active_pid is not null`

/** Drops this database's slots that nobody reads from. */
export const dropSlots = `
select pg_drop_replication_slot(slot_name) from pg_replication_slots
where database = current_database() and active_pid is null`

export const countSlots =
  'select count(*)::integer as slots from pg_replication_slots where database = current_database()'

/** The position of the WAL's end, in bytes. */
export const readWalPosition = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::double precision as bytes`

/** Bytes of tables, with their indexes: of all in schema outbox, or of the table $1. */
export const readTableBytes = `
select sum(pg_total_relation_size(c.oid))::double precision as bytes from pg_class c
where c.relkind = 'r' and case when $1::text is null then c.relnamespace = 'outbox'::regnamespace
  else c.oid = to_regclass($1) end`
