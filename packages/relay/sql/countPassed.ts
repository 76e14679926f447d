import { query, type SqlClient } from '../sqlClient.ts'

/**
 * The events of the table whose transactions ended between two snapshots, and those of a transaction that is passed
 * in part. By the index on (xid, id) only, so that the rows recorded since are not visited.
 */
const text = `
select (
  (select count(*) from outbox.event e
   where e.xid >= $1::xid8 and e.xid < $2::xid8
     and pg_visible_in_snapshot(e.xid, $4::pg_snapshot) and not pg_visible_in_snapshot(e.xid, $3::pg_snapshot))
  + (select count(*) from unnest($5::xid8[]) as late (xid) join outbox.event e on e.xid = late.xid)
  + (select count(*) from outbox.event e where e.xid = $6::xid8 and e.id > $7::bigint and e.id <= $8::bigint)
)::text as events`

export interface PassedSpan {
  /** Transactions from this one on, below `below`, that `to` sees and `from` does not. */
  readonly first: bigint
  readonly below: bigint
  readonly from: string
  readonly to: string
  /** Transactions below `first` that ended in between. */
  readonly late: readonly bigint[]
  /** Of this transaction, the events above id `after` up to id `last`. */
  readonly part: { readonly xid: bigint; readonly after: number; readonly last: number } | undefined
}

/** Counts the events of a span in the table. Errors: pg's. */
export async function countPassed(client: SqlClient, span: PassedSpan): Promise<number> {
  const { part } = span
  const values = [
    String(span.first),
    String(span.below),
    span.from,
    span.to,
    span.late.map(String),
    part ? String(part.xid) : null,
    part?.after ?? 0,
    part?.last ?? 0,
  ]
  const [row] = await query<{ events: string }>(client, { name: 'relevo_count_passed', text }, values)
  return Number(row?.events)
}
