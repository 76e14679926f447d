import type { Position, Window } from './window.ts'

export interface Statement {
  readonly name: string
  readonly text: string
}

/** A table that is only appended to, read by windows. All texts are SQL; the row is `e`. */
export interface WindowTable {
  /** Begins the names of its statements. */
  readonly name: string
  readonly table: string
  /** The column of its numbers. */
  readonly id: string
  /** The columns to read; {@link readWindowPage} adds one, which the last row has true where bytes make the page full. */
  readonly columns: string
  /** The column of a row's size. */
  readonly bytes: string
  /** Which rows, by the parameter $2. */
  readonly filter: string
}

export interface WindowStatements {
  readonly late: Statement
  readonly fresh: Statement
}

/**
 * The two statements that read a window. A page is cut at $5 rows and behind the row that passes $6 bytes. Columns become text
 * outside of the cut only: inside, every payload up to the cut at $5 rows would be decompressed for each page.
 */
export function windowStatements({ name, table, id, columns, bytes, filter }: WindowTable): WindowStatements {
  const bounded = (rows: string) => `
select ${columns}, case when total >= $6::bigint then true end
from (
  select e.*, sum(e.${bytes} + 200) over (order by e.${id} rows unbounded preceding) as total
  from (${rows}) e
) e
where total - ${bytes} - 200 < $6::bigint
order by e.${id}`
  return {
    // Numbers above $1 that the snapshot $4 sees and $3 does not.
    fresh: {
      name: `${name}_new`,
      text: bounded(`
    select e.* from ${table} e
    where e.${id} > $1::bigint and ${filter}
      and pg_visible_in_snapshot(e.xid, $4::pg_snapshot)
      and not pg_visible_in_snapshot(e.xid, $3::pg_snapshot)
    order by e.${id} limit $5::integer`),
    },
    // Numbers above $1 and up to $4 in the transactions $3, of each at most a page.
    late: {
      name: `${name}_late`,
      text: bounded(`
    select e.* from unnest($3::xid8[]) as late (xid) cross join lateral (
      select e.* from ${table} e
      where e.xid = late.xid and e.${id} > $1::bigint and e.${id} <= $4::bigint and ${filter}
      order by e.${id} limit $5::integer
    ) e
    order by e.${id} limit $5::integer`),
    },
  }
}

export interface PageBounds {
  readonly rows: number
  /** Of a row's own size; one row more than that is read. */
  readonly bytes: number
}

/** Rows of a window in order; `complete` when the window has no more behind them. */
export interface WindowPage<Row> {
  readonly rows: Row[]
  readonly complete: boolean
}

/** Sends a statement and returns its rows as arrays, which are read faster than objects. */
export type ReadArrays<Row> = (statement: Statement, values: unknown[]) => Promise<Row[]>

/**
 * The rows of a window behind the number `afterId`. Late numbers are below new ones, so that late rows first, then new ones, is
 * their order. Errors: those of `read`.
 */
export async function readWindowPage<Row extends readonly unknown[]>(
  read: ReadArrays<Row>,
  statements: WindowStatements,
  { published, window, afterId }: { published: Position; window: Window; afterId: number },
  filter: unknown,
  bounds: PageBounds,
): Promise<WindowPage<Row>> {
  const { late, target } = window
  const isLate = late.length > 0 && afterId < published.seq
  const lateValues = [afterId, filter, late.map(String), published.seq, bounds.rows, bounds.bytes]
  const lateRows = isLate ? await read(statements.late, lateValues) : []
  if (isFull(lateRows, bounds)) return { rows: lateRows, complete: false }
  const rows = await read(statements.fresh, [
    Math.max(afterId, published.seq),
    filter,
    published.snapshot.text,
    target.snapshot.text,
    bounds.rows,
    bounds.bytes,
  ])
  return { rows: lateRows.length > 0 ? lateRows.concat(rows) : rows, complete: !isFull(rows, bounds) }
}

function isFull(rows: readonly (readonly unknown[])[], bounds: PageBounds): boolean {
  return rows.length === bounds.rows || rows.at(-1)?.at(-1) === true
}
