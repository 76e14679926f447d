import type { SqlClient } from '@relevo/kit'

const drawSql = `select nextval('order_number')::float8 as number, date_trunc('milliseconds', clock_timestamp()) as now`

interface Row {
  readonly number: number
  readonly now: Date
}

/** The number of a new order, and the time by the database's clock. */
export async function drawNumber(client: SqlClient): Promise<Row> {
  const { rows } = await client.query<Row>({ name: 'draw_number', text: drawSql })
  const [row] = rows
  if (!row) throw new Error('nextval returned no row')
  return row
}
