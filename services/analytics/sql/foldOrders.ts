import type { SqlClient } from '@relevo/kit'

const foldSql = `
with folded as (
  select *, coalesce(created_at, stated_at) as placed_at,
    coalesce(least(confirmed_at, cancelled_at), 'infinity') as ended_at
  from (
    select order_id, min(order_type) as order_type, min(amount_minor) as amount_minor, min(stated_at) as stated_at,
      min(at) filter (where type = 'ORDER_CREATED') as created_at,
      min(at) filter (where type = 'ORDER_CONFIRMED') as confirmed_at,
      min(at) filter (where type = 'ORDER_CANCELLED') as cancelled_at
    from contribution where order_id = any($1::uuid[]) group by order_id
  ) f
), old as (
  select order_id, placed_at as old_placed_at from placed_order where order_id = any($1::uuid[])
), stored as (
  insert into placed_order as p
    (order_id, order_type, amount_minor, created_at, confirmed_at, cancelled_at, placed_at, ended_at)
  select order_id, order_type, amount_minor, created_at, confirmed_at, cancelled_at, placed_at, ended_at
  from folded order by order_id
  on conflict (order_id) do update
    set (order_type, amount_minor, created_at, confirmed_at, cancelled_at, placed_at, ended_at) =
      row(excluded.order_type, excluded.amount_minor, excluded.created_at, excluded.confirmed_at, excluded.cancelled_at,
        excluded.placed_at, excluded.ended_at)
    where (p.order_type, p.amount_minor, p.created_at, p.confirmed_at, p.cancelled_at, p.placed_at) is distinct from
      (excluded.order_type, excluded.amount_minor, excluded.created_at, excluded.confirmed_at, excluded.cancelled_at,
        excluded.placed_at)
  returning order_id, placed_at
)
select placed_at, old_placed_at from stored left join old using (order_id)`

/** An order that is reported differently now: its new and its previous cohort. */
export interface FoldedOrder {
  readonly placedAt: Date
  readonly oldPlacedAt: Date | null
}

/** Computes orders from their contributions, under the locks of the caller; returns those that have changed. */
export async function foldOrders(client: SqlClient, orderIds: readonly string[]): Promise<FoldedOrder[]> {
  if (orderIds.length === 0) return []
  const query = { name: 'fold_orders', text: foldSql, values: [orderIds] }
  const { rows } = await client.query<{ placed_at: Date; old_placed_at: Date | null }>(query)
  return rows.map(({ placed_at: placedAt, old_placed_at: oldPlacedAt }) => ({ placedAt, oldPlacedAt }))
}
