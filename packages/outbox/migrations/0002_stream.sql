-- The outbox in the write-ahead log, for relays that read that. See docs/adr/0005-wal-source.md.
create publication relevo_outbox for table outbox.event with (publish = 'insert', publish_via_partition_root = true);

-- Up to where the cursors have published every transaction that has committed. One row; none before the first stream.
create table outbox.streamed (
  singleton boolean primary key default true check (singleton),
  lsn pg_lsn not null
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
