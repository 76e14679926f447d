import { RelayError } from '../relayError.ts'
import { advanceSnapshots, type ProbeRow, probeOutbox } from '../sql/probeOutbox.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import { type Lsn, parseLsn } from './lsn.ts'
import { fullXid, nameRunning, parseSnapshot, type Snapshot } from './snapshot.ts'

/** More than connections are: these are mostly subtransactions of a single long transaction. */
const mostNamed = 1_000n

/** The outbox as it stands at one moment. */
export interface Look {
  /** Names every transaction that may have drawn an id, or written its commit, before it as in progress. */
  snapshot: Snapshot
  /** The event sequence as it was found afterwards. */
  seq: number
  /** The end of the write-ahead log as it was found afterwards. */
  lsn: Lsn
}

/**
 * Looks at the outbox.
 * @throws RelayError `notMigrated` when the sequence is gone.
 */
export async function lookAtOutbox(client: SqlClient): Promise<Look> {
  const first = await look(client)
  if (first.nextXid - first.snapshot.xmax <= mostNamed) return named(first)
  await query(client, advanceSnapshots)
  return named(await look(client))
}

function named({ snapshot, nextXid, ...rest }: Look & { nextXid: bigint }): Look {
  return { snapshot: nameRunning(snapshot, nextXid), ...rest }
}

async function look(client: SqlClient): Promise<Look & { nextXid: bigint }> {
  const [row] = await query<ProbeRow>(client, probeOutbox)
  if (!row)
    throw new RelayError('notMigrated', 'The sequence outbox.event_id_seq is gone. Run the migrations.')
  const snapshot = parseSnapshot(row.snapshot)
  const nextXid = fullXid(Number(row.next_xid), snapshot.xmax)
  return { snapshot, nextXid, seq: Number(row.seq), lsn: parseLsn(row.lsn) }
}
