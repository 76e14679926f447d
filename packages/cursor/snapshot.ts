/** A Postgres snapshot, as pg_current_snapshot() writes it: `xmin:xmax:xip,xip`. */
export interface Snapshot {
  text: string
  /** Every transaction below it has ended. */
  xmin: bigint
  /** No transaction from it on has ended. */
  xmax: bigint
  /** Those in progress in between. */
  inProgress: ReadonlySet<bigint>
}

/** Reads a snapshot's text. */
export function parseSnapshot(text: string): Snapshot {
  const [xmin, xmax, xip] = text.split(':')
  if (!xmin || !xmax || xip === undefined) throw new TypeError(`"${text}" is not a Postgres snapshot`)
  const inProgress = new Set(xip === '' ? [] : xip.split(',').map(BigInt))
  return { text, xmin: BigInt(xmin), xmax: BigInt(xmax), inProgress }
}

/** As pg_visible_in_snapshot: had this transaction ended when the snapshot was taken? */
export function isVisible(xid: bigint, snapshot: Snapshot): boolean {
  return xid < snapshot.xmin || (xid < snapshot.xmax && !snapshot.inProgress.has(xid))
}

/** The transactions that were in progress in `earlier` and had ended in `later`. */
export function endedBetween(earlier: Snapshot, later: Snapshot): bigint[] {
  return [...earlier.inProgress].filter((xid) => isVisible(xid, later))
}

/**
 * The same snapshot, with the transactions that had begun without being in it named as in progress. Postgres ends
 * a snapshot at the youngest transaction that has *ended* and leaves out those still running above it, although
 * they may have drawn ids already. `nextXid` is one that no transaction had yet at some time after the snapshot.
 */
export function nameRunning(snapshot: Snapshot, nextXid: bigint): Snapshot {
  const { xmin, xmax, inProgress } = snapshot
  if (nextXid <= xmax) return snapshot
  const named = new Set(inProgress)
  for (let xid = xmax; xid < nextXid; xid++) named.add(xid)
  return { text: `${xmin}:${nextXid}:${[...named].join()}`, xmin, xmax: nextXid, inProgress: named }
}

/** The same snapshot, with these transactions as ended, and those that it did not know of below them as in progress. */
export function nameEnded(snapshot: Snapshot, ended: ReadonlySet<bigint>): Snapshot {
  let { xmax } = snapshot
  for (const xid of ended) if (xid >= xmax) xmax = xid + 1n
  const inProgress = new Set<bigint>()
  for (const xid of snapshot.inProgress) if (!ended.has(xid)) inProgress.add(xid)
  for (let xid = snapshot.xmax; xid < xmax; xid++) if (!ended.has(xid)) inProgress.add(xid)
  return { text: `${snapshot.xmin}:${xmax}:${[...inProgress].join()}`, xmin: snapshot.xmin, xmax, inProgress }
}

/** The xid nearest above `xmax` whose low 32 bits are those of `low`: xids are known by these in parts of Postgres. */
export function fullXid(low: number, xmax: bigint): bigint {
  return xmax + BigInt.asUintN(32, BigInt(low) - xmax)
}
