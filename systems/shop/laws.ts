import type { Agreement, Law, UnderWay } from '../system.ts'
import { allIsThereSince } from './retention.ts'

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

/** Sagas are dropped by whole months. */
const sagasAreThereSince = `(select coalesce(date_trunc('month', min(started_at), 'UTC'), '-infinity') from saga.summary)`

/** What holds of the orders at any time, since each transaction keeps it. */
export const orderLaws: readonly Law[] = [
  {
    name: 'a saga has ended, or has a deadline',
    database: 'orders',
    violations: `
select format('saga %s of order %s is %s and %s a timer', id, key, status,
  case when has_timer then 'has' else 'has not' end) as broken
from saga.summary where (ended_at is null) <> has_timer or (ended_at is null) <> (status in ('running', 'compensating'))`,
  },
  {
    name: 'an order is where its saga is',
    database: 'orders',
    violations: `
select format('order %s is %s and its saga %s', o.id, o.status, coalesce(i.status, 'is not there')) as broken
from orders o left join saga.summary i on i.id = o.saga_id
where (i.status is null and o.created_at >= ${sagasAreThereSince})
  or (i.status = 'completed' and o.status not in ('CONFIRMED', 'SHIPPED', 'DELIVERED'))
  or (i.status = 'compensated' and o.status <> 'CANCELLED')
  or (i.status = 'running' and o.status = 'CANCELLED')`,
  },
  {
    name: 'each event of an order is recorded once for Kafka, in the order of its versions',
    database: 'orders',
    violations: `
select format('order %s is at version %s, and %s were recorded', id, version, coalesce(recorded::text, 'none')) as broken
from orders o left join (
  select key::uuid as id, array_agg((payload ->> 'version')::integer order by id) as recorded
  from outbox.recorded where topic = 'orders.events' group by key
) e using (id)
where o.created_at >= ${allIsThereSince}
  and recorded is distinct from (select array_agg(n) from generate_series(1, version) n)`,
  },
  {
    name: 'the read model of an order is at the version of its stream',
    database: 'orders',
    violations: `
select format('order %s is at version %s, and its stream at %s', o.id, o.version, coalesce(s.version, 0)) as broken
from orders o full join (
  select substr(stream, 7)::uuid as id, version from event_store.stream where stream like 'order-%'
) s using (id)
where o.version is distinct from s.version`,
  },
]

/** What the sandbox provider holds of each order. */
const held = `
select key as order_id, count(*) filter (where kind = 'charge') as charges, max(amount_minor) as most,
  sum(case kind when 'charge' then amount_minor else -amount_minor end) as net,
  count(distinct currency) as currencies, min(currency) as currency
from sandbox_entry where decline_reason is null group by key`

/** What the recorded events say of each order. */
const told = `
select (payload ->> 'order_id')::uuid as order_id,
  count(*) filter (where type = 'PAYMENT_CHARGED') as charges,
  max((payload -> 'amount' ->> 'amount')::numeric * 100) as most,
  sum(case type when 'PAYMENT_CHARGED' then 1 else -1 end * (payload -> 'amount' ->> 'amount')::numeric * 100) as net,
  count(distinct payload -> 'amount' ->> 'currency') as currencies, min(payload -> 'amount' ->> 'currency') as currency
from outbox.recorded where topic = 'payments.events' and type in ('PAYMENT_CHARGED', 'PAYMENT_REFUNDED') group by 1`

/** The payments that the source tells otherwise than the table, or than was asked for; of those since when it has all. */
function differing(source: string, says: string, since = `'-infinity'`): string {
  return `
select format('order %s is %s of %s %s, and ${says} %s %s in %s charges', order_id, coalesce(state, 'unknown'),
  amount_minor, p.currency, coalesce(net, 0), s.currency, coalesce(charges, 0)) as broken
from payment p full join (${source}) s using (order_id)
where (coalesce(net, 0) <> case when state in ('charged', 'refunding') then amount_minor else 0 end
  or charges > 1 or most > amount_minor or currencies > 1 or s.currency <> p.currency or p.order_id is null and charges > 0)
  and (p.order_id is null or p.created_at >= ${since})`
}

/** What holds of the payments once nothing is pending. */
export const paymentLaws: readonly Law[] = [
  {
    name: 'no payment is pending, and nobody waits for an answer',
    database: 'payments',
    violations: `
select format('order %s is %s, and %s commands wait', order_id, state, jsonb_array_length(waiting)) as broken
from payment where due_at is not null or waiting <> '[]'`,
  },
  {
    name: 'the provider holds just what the payments say, in one charge of what was asked for',
    database: 'payments',
    violations: differing(held, 'the provider holds'),
  },
  {
    name: 'the events told just what the payments say, in one charge of what was asked for',
    database: 'payments',
    violations: differing(told, 'the events told', allIsThereSince),
  },
]

/** A confirmed sale has one net charge of its total, and whatever else was ordered has none. */
export const soldAndCharged: Agreement = {
  name: 'each confirmed sale is charged its total, and nothing else is charged',
  sides: [
    {
      database: 'orders',
      facts: `
select id::text as key, total_amount::numeric(14, 2) || ' ' || currency as value from orders
where order_type = 'sell' and status in ('CONFIRMED', 'SHIPPED', 'DELIVERED')`,
    },
    {
      database: 'payments',
      facts: `
select order_id::text as key, (amount_minor / 100.0)::numeric(14, 2) || ' ' || currency as value from payment
where state in ('charged', 'refunding')`,
    },
  ],
}

export const sagasUnderWay: UnderWay = {
  database: 'orders',
  count: 'select count(*)::int as count from saga.summary where ended_at is null',
}

export const paymentsUnderWay: UnderWay = {
  database: 'payments',
  count: 'select count(*)::int as count from payment where due_at is not null',
}

/** Of each order that is certain: its units have left or come, just once; of all others nothing. */
export const movedAsOrdered: Agreement = {
  name: 'the units of an order have left or come when it is confirmed, and only then',
  sides: [
    {
      database: 'orders',
      facts: `
select id::text as key, order_type || ' ' || (
  select sum((item ->> 'quantity')::integer) from jsonb_array_elements(items) item) as value
from orders where status in ('CONFIRMED', 'SHIPPED', 'DELIVERED')`,
    },
    {
      database: 'inventory',
      facts: `
select order_id::text as key, case state when 'committed' then 'sell' when 'received' then 'buy' else state end
  || ' ' || sum(quantity) as value
from reservation join reservation_line using (order_id)
where state in ('reserved', 'committed', 'received') group by order_id, state`,
    },
  ],
}
