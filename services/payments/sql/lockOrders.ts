import type { SqlClient } from './paymentRow.ts'

// A row that is not there yet cannot be locked. In the order of the keys, as whoever takes several of them does.
const lockSql = `
select pg_advisory_xact_lock(k)
from (select distinct hashtextextended(o, 0) as k from unnest($1::text[]) o order by k) keys`

/** Keeps the commands of these orders to this transaction, until it ends. */
export async function lockOrders(client: SqlClient, orderIds: readonly string[]): Promise<void> {
  await client.query({ name: 'lock_orders', text: lockSql, values: [orderIds] })
}
