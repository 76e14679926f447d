import type { Queryable } from '@relevo/outbox'

const addSql = (table: string) => `
insert into ${table} as t (order_type, status, orders, amount)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::numeric[]) as c (order_type, status, orders, amount)
order by 1, 2
on conflict (order_type, status) do update set orders = t.orders + excluded.orders, amount = t.amount + excluded.amount`

const readSql = 'select order_type, status, orders::text, amount::text from order_totals order by 1, 2'

/** How many more orders of a type are in a status, and their totals; negative for those that left it. */
export interface TotalsChange {
  readonly orderType: string
  readonly status: string
  readonly orders: number
  /** In hundredths. */
  readonly minor: bigint
  /** The same as a decimal. */
  readonly amount: string
}

export async function addTotals(
  client: Queryable,
  table: string,
  changes: readonly TotalsChange[],
): Promise<void> {
  await client.query(addSql(table), [
    changes.map(({ orderType }) => orderType),
    changes.map(({ status }) => status),
    changes.map(({ orders }) => orders),
    changes.map(({ amount }) => amount),
  ])
}

/** The orders of a type in a status. */
export interface TotalsRow {
  readonly order_type: 'sell' | 'buy'
  readonly status: string
  readonly orders: string
  readonly amount: string
}

export async function readTotals(client: Queryable): Promise<TotalsRow[]> {
  return (await client.query(readSql)).rows
}
