import type pg from 'pg'

const fetchRows = 10_000

/** The rows of a query, in portions, from one snapshot of the database. Errors: pg's. */
export async function* readRows<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  text: string,
  values: unknown[] = [],
): AsyncGenerator<Row, void> {
  const client = await pool.connect()
  try {
    await client.query('begin read only')
    await client.query(`declare ledger_rows no scroll cursor for ${text}`, values)
    for (;;) {
      const { rows } = await client.query<Row>(`fetch ${fetchRows} from ledger_rows`)
      yield* rows
      if (rows.length < fetchRows) return
    }
  } finally {
    // Also if the loop was left early. A broken connection is discarded.
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    )
    client.release(broken)
  }
}
