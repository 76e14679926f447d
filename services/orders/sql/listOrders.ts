import type { SqlClient } from '@relevo/kit'
import { type OrderRow, orderColumns } from './orderRow.ts'

const conditions = {
  status: (n: number) => `status = $${n}`,
  orderType: (n: number) => `order_type = $${n}`,
  customerId: (n: number) => `customer_id = $${n}`,
  customerEmail: (n: number) => `customer_email = $${n}`,
  from: (n: number) => `created_at >= $${n}`,
  to: (n: number) => `created_at < $${n}`,
  before: (n: number) =>
    `(created_at, number) < (select created_at, number from orders where number = $${n})`,
} as const

/** Which orders; what is undefined does not matter. */
export interface OrderFilter {
  readonly status?: string | undefined
  readonly orderType?: string | undefined
  readonly customerId?: string | undefined
  readonly customerEmail?: string | undefined
  /** Created at that time or later. */
  readonly from?: Date | undefined
  /** Created before. */
  readonly to?: Date | undefined
  /** The number of the last one of the page before. */
  readonly before?: number | undefined
}

/** A page of the orders, the newest first. */
export async function listOrders(client: SqlClient, filter: OrderFilter, limit: number): Promise<OrderRow[]> {
  const { text, values } = listStatement(filter, limit)
  return (await client.query<OrderRow>(text, values)).rows
}

/** Only what is asked for is in the statement, so that the index of just that is used. */
export function listStatement(filter: OrderFilter, limit: number): { text: string; values: unknown[] } {
  const names = (Object.keys(conditions) as (keyof typeof conditions)[]).filter(
    (name) => filter[name] !== undefined,
  )
  const where = names.map((name, index) => conditions[name](index + 1))
  const text = `
select ${orderColumns} from orders
${where.length > 0 ? `where ${where.join(' and ')}` : ''}
order by orders.created_at desc, orders.number desc limit $${names.length + 1}`
  return { text, values: [...names.map((name) => filter[name]), limit] }
}
