import { readProbe, type Snapshot } from '@relevo/cursor'
import { RelayError } from '../relayError.ts'
import type { SqlClient } from '../sqlClient.ts'
import { type Lsn, parseLsn } from './lsn.ts'

/** The outbox at one moment. */
export interface ProbeResult {
  /** Names every transaction that may have drawn an id, or written its commit, before it as in progress. */
  snapshot: Snapshot
  /** The event sequence, read after the snapshot. */
  seq: number
  /** The end of the write-ahead log, read after the snapshot. */
  lsn: Lsn
}

/** A probe that follows another. */
export interface Probe extends ProbeResult {
  /** The event sequence as the probe before it read it, so before this snapshot was taken. */
  seqBefore: number
}

/**
 * Reads how far the outbox has got.
 * @throws RelayError `notMigrated` when the sequence is gone.
 */
export async function probeOutbox(client: SqlClient): Promise<ProbeResult> {
  const probe = await readProbe(client, 'outbox.event_id_seq')
  if (!probe)
    throw new RelayError('notMigrated', 'The sequence outbox.event_id_seq is gone. Run the migrations.')
  return { ...probe, lsn: parseLsn(probe.lsn) }
}
