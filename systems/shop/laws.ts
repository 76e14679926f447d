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

/** What holds of the orders at any time, but for the last one: that needs Kafka to be quiet. */
export const orderLaws: readonly Law[] = [
  {
    name: 'a saga has ended, or has a deadline',
    database: 'orders',
    violations: `
select format('saga %s of order %s is %s and %s a timer', i.id, i.key, i.status,
  case when t.saga_id is null then 'has not' else 'has' end) as broken
from saga.instance i left join saga.timer t on t.saga_id = i.id
where (i.ended_at is null) <> (t.saga_id is not null)
  or (i.ended_at is null) <> (i.status in ('running', 'compensating'))`,
  },
  {
    name: 'an order is where its saga is',
    database: 'orders',
    violations: `
select format('order %s is %s and its saga %s', o.id, o.status, coalesce(i.status, 'is not there')) as broken
from orders o left join saga.instance i on i.id = o.saga_id
where i.status is null
  or (i.status = 'completed' and o.status not in ('CONFIRMED', 'SHIPPED', 'DELIVERED'))
  or (i.status = 'compensated' and o.status <> 'CANCELLED')
  or (i.status = 'running' and o.status = 'CANCELLED')`,
  },
  {
    name: 'each event of an order is recorded once for Kafka, in the order of its versions',
    database: 'orders',
    violations: `
select format('order %s has the versions %s, and %s were recorded', id, version, recorded) as broken
from (
  select key::uuid as id, array_agg((payload ->> 'version')::integer order by id) as recorded
  from outbox.event where topic = 'orders.events' group by key
) e join orders o using (id)
where recorded <> (select array_agg(n) from generate_series(1, version) n)`,
  },
  {
    name: 'the read model of an order is at the version of its stream',
    database: 'orders',
    violations: `
select format('order %s is at version %s, and its stream at %s', o.id, o.version, coalesce(s.version, 0)) as broken
from orders o full join (
  select substr(stream, 7)::uuid as id, max(version) as version from event_store.event
  where stream like 'order-%' group by stream
) s using (id)
where o.version is distinct from s.version`,
  },
]
