import type { SqlClient } from '@relevo/kit'
import type { LeasedCall } from './leaseCalls.ts'

const postponeSql = `
update payment
set due_at = now() + $3 * interval '1 ms', lease = null, last_error = $4, reported = reported or $5
where order_id = $1 and lease = $2`

export interface Postponement {
  readonly delayMs: number
  readonly error: string
  /** The log has to say that it takes too long. */
  readonly report: boolean
}

/** Gives the lease back until the call is tried again; nothing, when it is another's by now. */
export async function postponeCall(
  client: SqlClient,
  { orderId, lease }: Pick<LeasedCall, 'orderId' | 'lease'>,
  { delayMs, error, report }: Postponement,
): Promise<void> {
  const values = [orderId, lease, delayMs, error, report]
  await client.query({ name: 'postpone_call', text: postponeSql, values })
}
