import { query, type SqlClient } from '../sqlClient.ts'

/**
 * The snapshot is the statement's own, so it is taken before the rest is read. `next_xid` is the low half of the xid
 * that is assigned next, read without drawing one: age() counts from it. It is read after `lsn`: whatever has
 * committed before that LSN is either visible in the snapshot or has an xid below this one.
 */
const probeSql = `
select last_value::text as seq, pg_current_snapshot()::text as snapshot, pg_current_wal_insert_lsn()::text as lsn,
  age('3'::xid) + 3::bigint as next_xid
from outbox.event_id_seq`

export interface ProbeRow {
  readonly seq: string
  readonly snapshot: string
  readonly lsn: string
  readonly next_xid: string
}

/** @returns undefined when the sequence is gone. Errors: pg's. */
export async function readProbe(client: SqlClient): Promise<ProbeRow | undefined> {
  const [row] = await query<ProbeRow>(client, { name: 'relevo_probe', text: probeSql })
  return row
}

const advanceSql = 'select pg_current_xact_id()'

/** Ends a transaction with an xid of its own, so that the next snapshot names all that began before it. Errors: pg's. */
export async function advanceSnapshots(client: SqlClient): Promise<void> {
  await query(client, { name: 'relevo_advance', text: advanceSql })
}
