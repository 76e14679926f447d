import { RelayError } from '../relayError.ts'
import { advanceSnapshots, readProbe } from '../sql/probeOutbox.ts'
import type { SqlClient } from '../sqlClient.ts'
import { type Lsn, parseLsn } from './lsn.ts'
import { fullXid, nameRunning, parseSnapshot, type Snapshot } from './snapshot.ts'

/** More than connections are: these are mostly subtransactions of a single long transaction. */
const mostNamed = 1_000n

/** The outbox at one moment. */
export interface ProbeResult {
  /** Names every transaction that may have drawn an id, or written its commit, before it as in progress. */
  snapshot: Snapshot
  /** The event sequence, read after the snapshot. */
  seq: number
  /** The end of the write-ahead log, read after the snapshot. */
  lsn: Lsn
}

/**
 * Reads how far the outbox has got.
 * @throws RelayError `notMigrated` when the sequence is gone.
 */
export async function probeOutbox(client: SqlClient): Promise<ProbeResult> {
  const first = await probe(client)
  if (first.nextXid - first.snapshot.xmax <= mostNamed) return named(first)
  await advanceSnapshots(client)
  return named(await probe(client))
}

function named({ snapshot, nextXid, ...rest }: ProbeResult & { nextXid: bigint }): ProbeResult {
  return { snapshot: nameRunning(snapshot, nextXid), ...rest }
}

async function probe(client: SqlClient): Promise<ProbeResult & { nextXid: bigint }> {
  const row = await readProbe(client)
  if (!row)
    throw new RelayError('notMigrated', 'The sequence outbox.event_id_seq is gone. Run the migrations.')
  const snapshot = parseSnapshot(row.snapshot)
  const nextXid = fullXid(Number(row.next_xid), snapshot.xmax)
  return { snapshot, nextXid, seq: Number(row.seq), lsn: parseLsn(row.lsn) }
}
