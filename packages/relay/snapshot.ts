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
