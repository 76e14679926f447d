import type { Facts, LowStock } from '../domain/causes.ts'
import type { SqlClient } from './sqlClient.ts'

/** The stock of a product after an event. */
export interface StockFact {
  readonly productId: number
  /** Undefined where the event does not say. */
  readonly name: string | undefined
  readonly available: number
  readonly minimum: number
  readonly at: Date
}

const nameSql = `
insert into product_name (product_id, name) select * from unnest($1::bigint[], $2::text[])
on conflict (product_id) do update set name = excluded.name where product_name.name <> excluded.name`

const lowSql = `
insert into low_stock (product_id, name, available, minimum, since)
select s.product_id, coalesce(n.name, 'product ' || s.product_id), s.available, s.minimum, s.since
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[]) as s (product_id, available, minimum, since)
left join product_name n using (product_id)
where s.available <= s.minimum
on conflict (product_id) do update
  set name = excluded.name, available = excluded.available, minimum = excluded.minimum`

const enoughSql = `
delete from low_stock using unnest($1::bigint[], $2::bigint[], $3::bigint[]) as s (product_id, available, minimum)
where low_stock.product_id = s.product_id and s.available > s.minimum`

/** Notes the stock of products, each once, in the order of their numbers. */
export async function storeStock(client: SqlClient, facts: readonly StockFact[]): Promise<void> {
  if (facts.length === 0) return
  const sorted = [...facts].sort((a, b) => a.productId - b.productId)
  const named = sorted.filter(({ name }) => name !== undefined)
  const ids = sorted.map(({ productId }) => productId)
  const available = sorted.map((fact) => fact.available)
  const minimum = sorted.map((fact) => fact.minimum)
  if (named.length > 0)
    await client.query(nameSql, [named.map(({ productId }) => productId), named.map(({ name }) => name)])
  await client.query(lowSql, [ids, available, minimum, sorted.map(({ at }) => at)])
  await client.query(enoughSql, [ids, available, minimum])
}

/** Something that went wrong. */
export interface Fault {
  readonly kind: 'order' | 'notification'
  readonly reason: string
  readonly at: Date
}

const faultSql = `
insert into fault_minute as f (kind, reason, minute, events)
select kind, reason, date_trunc('minute', least(at, clock_timestamp()), 'UTC'), count(*)
from unnest($1::text[], $2::text[], $3::timestamptz[]) as e (kind, reason, at)
group by 1, 2, 3 order by 1, 3, 2
on conflict (kind, minute, reason) do update set events = f.events + excluded.events`

/** Counts faults by the minute of their events. */
export async function countFaults(client: SqlClient, faults: readonly Fault[]): Promise<void> {
  if (faults.length === 0) return
  const values = [
    faults.map(({ kind }) => kind),
    faults.map(({ reason }) => reason),
    faults.map(({ at }) => at),
  ]
  await client.query(faultSql, values)
}

const recentSql = `
select kind, reason, sum(events)::float8 as events from fault_minute
where minute > clock_timestamp() - $1 * interval '1 minute' group by kind, reason order by 1, 2`

const stockSql = `
select product_id::float8 as "productId", name, available::float8, minimum::float8 from low_stock
order by available - minimum, product_id limit $1`

/** So many products have an alert of their own at most. */
const mostLow = 1_000

/** What the events of the last minutes tell. */
export async function readFacts(client: SqlClient, minutes: number): Promise<Omit<Facts, 'overdue'>> {
  type Row = { kind: Fault['kind']; reason: string; events: number }
  const faults = (await client.query<Row>(recentSql, [minutes])).rows
  const lowStock = (await client.query<LowStock>(stockSql, [mostLow])).rows
  const orders = faults.filter(({ kind }) => kind === 'order')
  const notifications = faults.filter(({ kind }) => kind === 'notification')
  return {
    lowStock,
    failedOrders: Object.fromEntries(orders.map(({ reason, events }) => [reason, events])),
    deadNotifications: notifications.reduce((sum, { events }) => sum + events, 0),
  }
}
