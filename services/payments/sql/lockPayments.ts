import type { SqlClient } from '@relevo/kit'
import { type PaymentRow, type StoredPayment, toPayment } from './paymentRow.ts'

// In the order of the orders, like everything that locks several. The worker's lease waits for none.
const lockSql = `
select id, order_id, amount_minor, currency, customer_id, customer_email, state, decline_reason, provider_reference,
  attempts, waiting, lease
from payment where order_id = any($1::uuid[]) order by order_id for no key update`

/** Reads and locks the payments of these orders, by the order's id. */
export async function lockPayments(
  client: SqlClient,
  orderIds: readonly string[],
): Promise<Map<string, StoredPayment>> {
  const { rows } = await client.query<PaymentRow>({
    name: 'lock_payments',
    text: lockSql,
    values: [orderIds],
  })
  return new Map(rows.map((row) => [row.order_id, toPayment(row)]))
}
