import type { SqlClient } from '@relevo/kit'
import type { QueryResultRow } from 'pg'
import type { PaymentState } from '../domain/payment.ts'

const columns = `id::float8, order_id, amount_minor, currency, customer_id, state, decline_reason, provider_reference,
  attempts, last_error, pending_since, created_at, updated_at`

const listSql = `
select ${columns} from payment
where ($1::uuid is null or order_id = $1) and ($2::bigint is null or id < $2)
order by payment.id desc limit $3`

const findSql = `select ${columns} from payment where id = $1`

export interface ListedPayment extends QueryResultRow {
  readonly id: number
  readonly order_id: string
  readonly amount_minor: string | null
  readonly currency: string | null
  readonly customer_id: string | null
  readonly state: PaymentState
  readonly decline_reason: string | null
  readonly provider_reference: string | null
  readonly attempts: number
  readonly last_error: string | null
  readonly pending_since: Date | null
  readonly created_at: Date
  readonly updated_at: Date
}

export interface PaymentFilter {
  readonly orderId: string | undefined
  readonly before: number | undefined
  readonly limit: number
}

/** The payments below `before`, the newest first. */
export async function listPayments(
  client: SqlClient,
  { orderId, before, limit }: PaymentFilter,
): Promise<ListedPayment[]> {
  const values = [orderId ?? null, before ?? null, limit]
  const { rows } = await client.query<ListedPayment>({ name: 'list_payments', text: listSql, values })
  return rows
}

export async function findPayment(client: SqlClient, id: number): Promise<ListedPayment | undefined> {
  const { rows } = await client.query<ListedPayment>({ name: 'find_payment', text: findSql, values: [id] })
  return rows[0]
}
