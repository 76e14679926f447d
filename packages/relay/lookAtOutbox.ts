import { RelayError } from './relayError.ts'
import { fullXid, nameRunning, parseSnapshot, type Snapshot } from './snapshot.ts'
import { advanceSnapshots, type ProbeRow, probeOutbox } from './sql/probeOutbox.ts'
import { query, type SqlClient } from './sqlClient.ts'

/** More than connections are: these are mostly subtransactions of a single long transaction. */
const mostNamed = 1_000n

/**
 * The outbox as it stands: a snapshot that names every transaction that may have drawn an id before it, and the
 * event sequence as it was found afterwards.
 * @throws RelayError `notMigrated` when the sequence is gone.
 */
export async function lookAtOutbox(client: SqlClient): Promise<{ snapshot: Snapshot; seq: number }> {
  const first = await look(client)
  if (first.nextXid - first.snapshot.xmax <= mostNamed) return named(first)
  await query(client, advanceSnapshots)
  return named(await look(client))
}

function named({ snapshot, nextXid, seq }: Awaited<ReturnType<typeof look>>) {
  return { snapshot: nameRunning(snapshot, nextXid), seq }
}

async function look(client: SqlClient) {
  const [row] = await query<ProbeRow>(client, probeOutbox)
  if (!row)
    throw new RelayError('notMigrated', 'The sequence outbox.event_id_seq is gone. Run the migrations.')
  const snapshot = parseSnapshot(row.snapshot)
  return { snapshot, nextXid: fullXid(Number(row.next_xid), snapshot.xmax), seq: Number(row.seq) }
}
