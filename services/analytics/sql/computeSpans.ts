import type { SqlClient } from '@relevo/kit'
import { type Figures, type Metric, metrics, type Span } from '../domain/report.ts'

// The products are found by one probe each, however many contributions they have; and so is the state of each at an instant.
// No index finds the few orders that were pending at an instant long ago: they are looked for at the first end, and from
// one end to the next only what was placed and what has ended in between is read.
const computeSql = `
with recursive span as materialized (
  select * from unnest($1::timestamptz[], $2::timestamptz[]) as s (start_at, end_at)
), product as (
  (select product_id from contribution where stock is not null order by product_id limit 1)
  union all
  select (select c.product_id from contribution c where c.stock is not null and c.product_id > p.product_id
    order by c.product_id limit 1)
  from product p where p.product_id is not null
), pending_at_first as materialized (
  select coalesce(sum(amount_minor), 0) as minor
  from placed_order cross join (select min(end_at) as first_end from span) f
  where ended_at >= first_end and placed_at < first_end and order_type = 'sell'
), pending as (
  select start_at, end_at, minor + sum(placed - ended) over (order by end_at, start_at) as revenue_pending
  from (select *, lag(end_at) over (order by end_at, start_at) as since from span) s
  cross join pending_at_first
  cross join lateral (
    select coalesce(sum(amount_minor), 0) as placed from placed_order
    where placed_at >= since and placed_at < end_at and ended_at >= placed_at and order_type = 'sell'
  ) p
  cross join lateral (
    select coalesce(sum(amount_minor), 0) as ended from placed_order
    where ended_at >= since and ended_at < end_at and placed_at <= ended_at and order_type = 'sell'
  ) e
)
select start_at, end_at, counted.*, orders_created, orders_confirmed, orders_cancelled, conversion_numerator,
  conversion_denominator, revenue_created, revenue_confirmed, revenue_lost, revenue_reversed, revenue_pending, stock.*
from span
cross join lateral (
  select count(*) as events,
    count(*) filter (where stream = 'orders') as order_events,
    count(*) filter (where stream = 'inventory') as inventory_events,
    count(*) filter (where stream = 'notifications') as notification_events,
    count(*) filter (where clamped) as clamped_events,
    count(*) filter (where type = 'NOTIFICATION_SENT') as notifications_sent,
    count(*) filter (where type = 'NOTIFICATION_FAILED') as notifications_failed,
    count(*) filter (where type = 'NOTIFICATION_DEAD') as notifications_dead
  from contribution where at >= start_at and at < end_at
) counted
cross join lateral (
  select count(*) as orders_created from placed_order where created_at >= start_at and created_at < end_at
) created
cross join lateral (
  select count(*) as conversion_denominator,
    count(*) filter (where confirmed_at is not null and cancelled_at is null) as conversion_numerator,
    coalesce(sum(amount_minor) filter (where order_type = 'sell'), 0) as revenue_created
  from placed_order where placed_at >= start_at and placed_at < end_at
) cohort
cross join lateral (
  select count(*) as orders_confirmed,
    coalesce(sum(amount_minor) filter (where order_type = 'sell'), 0) as revenue_confirmed
  from placed_order where confirmed_at >= start_at and confirmed_at < end_at
) confirmed
cross join lateral (
  select count(*) as orders_cancelled,
    coalesce(sum(amount_minor) filter (where order_type = 'sell'), 0) as revenue_lost,
    coalesce(sum(amount_minor) filter (where order_type = 'sell' and confirmed_at <= cancelled_at), 0) as revenue_reversed
  from placed_order where cancelled_at >= start_at and cancelled_at < end_at
) cancelled
join pending using (start_at, end_at)
cross join lateral (
  select count(*) as products, coalesce(sum(l.stock), 0) as stock, coalesce(sum(l.reserved), 0) as reserved,
    count(*) filter (where l.stock - l.reserved <= l.min_stock) as low_stock
  from product p cross join lateral (
    select c.stock, c.reserved, c.min_stock from contribution c
    where c.stock is not null and c.product_id = p.product_id and c.at < end_at
    order by c.at desc, c.outbox_id desc, c.event_id desc limit 1
  ) l
) stock
order by start_at`

export type FigureRow = Readonly<Record<Metric, string>>

export function toFigures(row: FigureRow): Figures {
  return Object.fromEntries(metrics.map((metric) => [metric, BigInt(row[metric])])) as Figures
}

/** What these spans of time come to now, by the contributions. */
export async function computeSpans(
  client: SqlClient,
  spans: readonly Omit<Span, 'figures'>[],
): Promise<Span[]> {
  if (spans.length === 0) return []
  const values = [spans.map(({ start }) => start), spans.map(({ end }) => end)]
  const query = { name: 'compute_spans', text: computeSql, values }
  const { rows } = await client.query<FigureRow & { start_at: Date; end_at: Date }>(query)
  return rows.map((row) => ({ start: row.start_at, end: row.end_at, figures: toFigures(row) }))
}
