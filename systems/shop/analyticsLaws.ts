import type { Agreement, Law, UnderWay } from '../system.ts'
import { outboxKnowsSince } from './retention.ts'

const last = `
select distinct on (window_minutes, window_start) r.* from window_report r join closing using (window_minutes)
where window_start < closed_until
order by window_minutes, window_start, revision desc`

const flows = [
  ['orders_created', 'created_at', 'count(*)'],
  ['orders_confirmed', 'confirmed_at', 'count(*)'],
  ['orders_cancelled', 'cancelled_at', 'count(*)'],
  ['conversion_denominator', 'placed_at', 'count(*)'],
  ['revenue_confirmed', 'confirmed_at', `coalesce(sum(amount_minor) filter (where order_type = 'sell'), 0)`],
  ['revenue_lost', 'cancelled_at', `coalesce(sum(amount_minor) filter (where order_type = 'sell'), 0)`],
] as const

const isLookedAt = 'not exists (select from touched)'

/** What holds of the windows once every contribution has been looked at. */
export const analyticsLaws: readonly Law[] = [
  {
    name: 'the sums over the closed windows are those over the orders before them',
    database: 'analytics',
    violations: flows
      .map(
        ([figure, time, sum]) => `
select format('the windows of %s minutes come to %s ${figure}, and the orders to %s', window_minutes, told, counted) as broken
from (
  select window_minutes, (select coalesce(sum(${figure}), 0) from (${last}) l where l.window_minutes = c.window_minutes) as told,
    (select ${sum} from placed_order where ${time} < closed_until) as counted
  from closing c
) s where told <> counted and ${isLookedAt}`,
      )
      .join('\nunion all\n'),
  },
  {
    name: 'every contribution is in just one window',
    database: 'analytics',
    violations: `
select format('the windows of %s minutes have %s events, and there are %s', window_minutes, told, counted) as broken
from (
  select window_minutes, (select coalesce(sum(events), 0) from (${last}) l where l.window_minutes = c.window_minutes) as told,
    (select count(*) from contribution where at < closed_until) as counted
  from closing c
) s where told <> counted and ${isLookedAt}`,
  },
  {
    name: 'conversion is at most 100 %',
    database: 'analytics',
    violations: `
select format('window %s: %s of %s', window_start, conversion_numerator, conversion_denominator) as broken
from window_report where conversion_numerator > conversion_denominator`,
  },
  {
    name: 'an order is what its events say',
    database: 'analytics',
    violations: `
select format('order %s is not what its events say', order_id) as broken
from placed_order full join (
  select order_id, min(at) filter (where type = 'ORDER_CREATED') as created,
    min(at) filter (where type = 'ORDER_CONFIRMED') as confirmed,
    min(at) filter (where type = 'ORDER_CANCELLED') as cancelled
  from contribution where order_id is not null group by order_id
) told using (order_id)
where (created_at, confirmed_at, cancelled_at) is distinct from (created, confirmed, cancelled)`,
  },
]

/** Windows that are to be looked at again: the laws above say nothing before. */
export const windowsUnderWay: UnderWay = {
  database: 'analytics',
  count: 'select count(*)::int as count from touched',
}

function counted(topic: string, producer: string): Agreement {
  return {
    name: `the windows count the events of ${topic}, each once`,
    addsUp: true,
    sides: [
      {
        database: producer,
        since: outboxKnowsSince,
        facts: `
select type as key, date_trunc('day', created_at, 'UTC') as at, count(*)::text as value
from outbox.recorded where topic = '${topic}' group by 1, 2`,
      },
      {
        database: 'analytics',
        facts: `
select type as key, date_trunc('day', at, 'UTC') as at, count(*)::text as value
from contribution where topic = '${topic}' group by 1, 2`,
      },
    ],
  }
}

const ended = [
  ['ORDER_CREATED', 'orders_created', 'revenue_created', 'created_at'],
  ['ORDER_CONFIRMED', 'orders_confirmed', 'revenue_confirmed', 'confirmed_at'],
  ['ORDER_CANCELLED', 'orders_cancelled', 'revenue_lost', 'cancelled_at'],
] as const

const told = ended.map(
  ([type, orders, revenue, time]) => `
select '${type}' as key, ${orders} as orders, ${revenue} as minor from (${last}) l join state using (window_minutes)
union all
select '${type}', count(*), coalesce(sum(amount_minor) filter (where order_type = 'sell'), 0)
from placed_order where ${time} >= coalesce((select max(closed_until) from closing), '-infinity')`,
)

/** Closed windows by their reports, and what is open by the contributions. */
const sumsOfWindows = `
with state as (select window_minutes from closing order by closed_until desc limit 1)
select key, sum(orders)::bigint || ' orders, ' || (sum(minor) / 100)::numeric(30, 2) as value
from (${told.join('\nunion all\n')}) t group by key having sum(orders) > 0`

/** By the streams, which are kept for good, as the contributions are. */
const sumsOfOrders = `
select type as key, count(*) || ' orders, ' || coalesce(sum((data #>> '{total_amount,amount}')::numeric)
  filter (where data ->> 'order_type' = 'sell'), 0)::numeric(30, 2) as value
from event_store.stored_event where category = 'order' and type in (${ended.map(([type]) => `'${type}'`).join(', ')})
group by type`

/** What the analytics has to say as those say who record the events. */
export const analyticsAgreements: readonly Agreement[] = [
  counted('orders.events', 'orders'),
  counted('inventory.events', 'inventory'),
  counted('notifications.events', 'shop_notifications'),
  {
    name: 'the sums over all windows are the sums over the order streams',
    sides: [
      { database: 'orders', facts: sumsOfOrders },
      { database: 'analytics', facts: sumsOfWindows },
    ],
  },
]
