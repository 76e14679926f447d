import { fullXid, nameRunning, parseSnapshot, type Snapshot } from './snapshot.ts'

/** Sends a statement by its name, and returns its rows as objects. */
export interface StatementClient {
  // biome-ignore lint/suspicious/noExplicitAny: the row type of node-postgres
  query(statement: { name: string; text: string }): Promise<{ rows: any[] }>
}

/** A table at one moment. */
export interface ProbeResult {
  /** Names every transaction that may have drawn a number, or written its commit, before it as in progress. */
  readonly snapshot: Snapshot
  /** The sequence, read after the snapshot. */
  readonly seq: number
  /** The end of the write-ahead log, read after the snapshot. */
  readonly lsn: string
}

/**
 * The snapshot is the statement's own, so it is taken before the rest is read. `next_xid` is the low half of the xid
 * that is assigned next, read without drawing one: age() counts from it. It is read after `lsn`: whatever has
 * committed before that LSN is either visible in the snapshot or has an xid below this one.
 */
const probeSql = (sequence: string) => `
select last_value::text as seq, pg_current_snapshot()::text as snapshot, pg_current_wal_insert_lsn()::text as lsn,
  age('3'::xid) + 3::bigint as next_xid
from ${sequence}`

/** Ends a transaction with an xid of its own, so that the next snapshot names all that began before it. */
const advanceSnapshots = { name: 'relevo_advance', text: 'select pg_current_xact_id()' }

/** More than connections are: these are mostly subtransactions of a single long transaction. */
const mostNamed = 1_000n

/**
 * Reads how far a table has got that draws its numbers from `sequence`, a name that is safe in SQL; undefined when the sequence
 * is empty. Errors: the client's.
 */
export async function readProbe(client: StatementClient, sequence: string): Promise<ProbeResult | undefined> {
  const first = await probe(client, sequence)
  if (!first || first.nextXid - first.snapshot.xmax <= mostNamed) return first && named(first)
  await client.query(advanceSnapshots)
  const second = await probe(client, sequence)
  return second && named(second)
}

type Unnamed = ProbeResult & { readonly nextXid: bigint }

function named({ snapshot, nextXid, ...rest }: Unnamed): ProbeResult {
  return { snapshot: nameRunning(snapshot, nextXid), ...rest }
}

async function probe(client: StatementClient, sequence: string): Promise<Unnamed | undefined> {
  const { rows } = await client.query({ name: `probe_${sequence}`, text: probeSql(sequence) })
  const [row] = rows
  if (!row) return undefined
  const snapshot = parseSnapshot(row.snapshot)
  const nextXid = fullXid(Number(row.next_xid), snapshot.xmax)
  return { snapshot, nextXid, seq: Number(row.seq), lsn: String(row.lsn) }
}
