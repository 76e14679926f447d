import type { SqlClient } from '@relevo/kit'
import type { Charge, Operation, PaymentState } from '../domain/payment.ts'
import { dueCall } from '../domain/payment.ts'
import { type ChargeRow, toCharge } from './paymentRow.ts'

// The attempt is counted before the call: from then on the provider may know of it.
const leaseSql = `
update payment
set lease = gen_random_uuid(), due_at = now() + $1 * interval '1 ms', attempts = attempts + 1
where id in (
  select id from payment where due_at <= now() order by due_at limit $2 for no key update skip locked)
returning order_id, amount_minor, currency, customer_id, customer_email, state, provider_reference, lease, attempts,
  reported, extract(epoch from now() - pending_since)::float8 * 1000 as pending_ms`

/** A call of the provider that is this process's to make, until the lease ends. */
export interface LeasedCall {
  readonly operation: Operation
  readonly orderId: string
  readonly charge: Charge
  readonly providerReference: string | null
  readonly lease: string
  /** This one included. */
  readonly attempts: number
  /** The log has told that it takes too long. */
  readonly reported: boolean
  readonly pendingMs: number
}

interface Row extends ChargeRow {
  readonly order_id: string
  readonly state: PaymentState
  readonly provider_reference: string | null
  readonly lease: string
  readonly attempts: number
  readonly reported: boolean
  readonly pending_ms: number
}

/** Leases calls that are due, those that have been for longest first. */
export async function leaseCalls(
  client: SqlClient,
  { leaseMs, limit }: { readonly leaseMs: number; readonly limit: number },
): Promise<LeasedCall[]> {
  const { rows } = await client.query<Row>({ name: 'lease_calls', text: leaseSql, values: [leaseMs, limit] })
  return rows.map(toCall)
}

function toCall(row: Row): LeasedCall {
  const [operation, charge] = [dueCall(row), toCharge(row)]
  if (!operation || !charge) throw new Error(`Payment of order ${row.order_id} has no call that is due`)
  return {
    operation,
    orderId: row.order_id,
    charge,
    providerReference: row.provider_reference,
    lease: row.lease,
    attempts: row.attempts,
    reported: row.reported,
    pendingMs: row.pending_ms,
  }
}
