/**
 * The snapshot is the statement's own, so it is taken before the rest is read. `next_xid` is the low half of the xid
 * that is assigned next, read without drawing one: age() counts from it. It is read after `lsn`: whatever has
 * committed before that position is either visible in the snapshot or has an xid below this one.
 */
export const probeOutbox = {
  name: 'relevo_probe',
  text: `
select last_value::text as seq, pg_current_snapshot()::text as snapshot, pg_current_wal_insert_lsn()::text as lsn,
  age('3'::xid) + 3::bigint as next_xid
from outbox.event_id_seq`,
}

export interface ProbeRow {
  seq: string
  snapshot: string
  lsn: string
  next_xid: string
}

/** Ends a transaction with an xid of its own, so that the next snapshot names all that began before it. */
export const advanceSnapshots = { name: 'relevo_advance', text: 'select pg_current_xact_id()' }
