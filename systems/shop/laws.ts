import type { Law } from '../system.ts'

const open = `
select product_id, sum(quantity) as units from reservation_line join reservation using (order_id)
where state = 'reserved' group by product_id`

/** What holds of the inventory at any time, since each transaction keeps it. */
export const inventoryLaws: readonly Law[] = [
  {
    name: 'the stock of a product is the sum of its movements',
    database: 'inventory',
    violations: `
select format('product %s has %s, and its movements come to %s', id, stock_quantity, coalesce(units, 0)) as broken
from product left join (select product_id, sum(quantity_change) as units from movement group by product_id) m
  on m.product_id = id
where stock_quantity <> coalesce(units, 0)`,
  },
  {
    name: 'what is reserved of a product is the sum of its open reservations, and in stock',
    database: 'inventory',
    violations: `
select format('product %s has %s of %s reserved, and its open reservations come to %s',
  id, reserved_quantity, stock_quantity, coalesce(units, 0)) as broken
from product left join (${open}) o on o.product_id = id
where reserved_quantity <> coalesce(units, 0) or reserved_quantity not between 0 and stock_quantity`,
  },
  {
    name: 'of each order just what it committed has left, and just what it received has come',
    database: 'inventory',
    violations: `
select format('order %s is %s, and %s of product %s were moved for it instead of %s',
  order_id, state, coalesce(moved, 0), product_id, due) as broken
from (
  select order_id, state, product_id,
    case state when 'committed' then -quantity when 'received' then quantity else 0 end as due
  from reservation_line join reservation using (order_id)
) r full join (
  select order_id, product_id, sum(quantity_change) as moved from movement
  where order_id is not null group by order_id, product_id
) m using (order_id, product_id)
where coalesce(due, 0) <> coalesce(moved, 0)`,
  },
]
