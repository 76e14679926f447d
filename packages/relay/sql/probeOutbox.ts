/** The snapshot is the statement's own, so it is taken before the sequence is read. */
export const probeOutbox = {
  name: 'relevo_probe',
  text: 'select last_value::text as seq, pg_current_snapshot()::text as snapshot from outbox.event_id_seq',
}

export interface ProbeRow {
  seq: string
  snapshot: string
}
