import type { Queryable } from '@relevo/outbox'
import type { Cancellation, OrderRow } from './orderRow.ts'

// A rebuild writes another table than the one that is read.
const insertSql = (table: string) => `
insert into ${table} (id, number, saga_id, order_type, status, customer_id, customer_name, customer_email, items,
  total_amount, currency, cancellation, created_at, updated_at, version)
select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::jsonb[], $10::numeric[], $11::text[], $12::jsonb[], $13::timestamptz[], $14::timestamptz[], $15::integer[])`

const updateSql = (table: string) => `
update ${table} o set status = c.status, cancellation = c.cancellation, updated_at = c.updated_at, version = c.version
from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::timestamptz[], $5::integer[])
  as c (id, status, cancellation, updated_at, version)
where o.id = c.id`

/** What changes of an order after it was created. */
export type OrderChange = Pick<OrderRow, 'id' | 'status' | 'cancellation' | 'updated_at' | 'version'>

const json = (value: Cancellation | null) => (value === null ? null : JSON.stringify(value))

export async function insertOrders(
  client: Queryable,
  table: string,
  rows: readonly OrderRow[],
): Promise<void> {
  await client.query(insertSql(table), [
    rows.map(({ id }) => id),
    rows.map(({ number }) => number),
    rows.map(({ saga_id }) => saga_id),
    rows.map(({ order_type }) => order_type),
    rows.map(({ status }) => status),
    rows.map(({ customer_id }) => customer_id),
    rows.map(({ customer_name }) => customer_name),
    rows.map(({ customer_email }) => customer_email),
    rows.map(({ items }) => JSON.stringify(items)),
    rows.map(({ total_amount }) => total_amount),
    rows.map(({ currency }) => currency),
    rows.map(({ cancellation }) => json(cancellation)),
    rows.map(({ created_at }) => created_at),
    rows.map(({ updated_at }) => updated_at),
    rows.map(({ version }) => version),
  ])
}

/** @throws Error when an order is not there: each begins with the event that inserts it. */
export async function updateOrders(
  client: Queryable,
  table: string,
  changes: readonly OrderChange[],
): Promise<void> {
  await client.query(updateSql(table), [
    changes.map(({ id }) => id),
    changes.map(({ status }) => status),
    changes.map(({ cancellation }) => json(cancellation)),
    changes.map(({ updated_at }) => updated_at),
    changes.map(({ version }) => version),
  ])
}
