import { readProbe, type Snapshot } from '@relevo/cursor'
import { RelayError } from '../relayError.ts'
import type { SqlClient } from '../sqlClient.ts'
import { type Lsn, parseLsn } from './lsn.ts'

/** The outbox at one moment. */
export interface ProbeResult {
  /** Lists as in progress every transaction that may have drawn an id, or written its commit, before it. */
  snapshot: Snapshot
  /** The event sequence, read after the snapshot. */
  seq: number
  /** The end of the write-ahead log, read after the snapshot. */
  lsn: Lsn
}

/** A probe that follows another. */
export interface Probe extends ProbeResult {
  /** The event sequence as read by the previous probe, that is, before this snapshot was taken. */
  seqBefore: number
}

/**
 * Probes the outbox: snapshot, sequence and LSN.
 * @throws RelayError `notMigrated` if the sequence is missing.
 */
export async function probeOutbox(client: SqlClient): Promise<ProbeResult> {
  const probe = await readProbe(client, 'outbox.event_id_seq')
  if (!probe)
    throw new RelayError('notMigrated', 'The sequence outbox.event_id_seq is gone. Run the migrations.')
  return { ...probe, lsn: parseLsn(probe.lsn) }
}
