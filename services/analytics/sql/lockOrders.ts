import type { SqlClient } from './sqlClient.ts'

// In the order of the keys, as whoever takes several of them does.
const lockSql = `
with locked as materialized (
  select pg_advisory_xact_lock(k)
  from (select distinct hashtextextended(o, 0) as k from unnest($1::text[]) o order by k) keys
)
select count(*) from locked`

/** Keeps what is known of these orders to this transaction until it ends, so that none folds it without the other's part. */
export async function lockOrders(client: SqlClient, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length > 0) await client.query({ name: 'lock_orders', text: lockSql, values: [orderIds] })
}

const nowSql = 'select clock_timestamp() as now'

/** The database's clock. */
export async function readClock(client: SqlClient): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>({ name: 'read_clock', text: nowSql })
  return rows[0]?.now ?? new Date()
}
