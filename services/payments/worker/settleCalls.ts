import type { SqlClient } from '@relevo/kit'
import { type Outcome, settle } from '../domain/settle.ts'
import type { Step } from '../domain/takeCommand.ts'
import { recordSteps } from '../recordSteps.ts'
import type { LeasedCall } from '../sql/leaseCalls.ts'
import { lockPayments } from '../sql/lockPayments.ts'

/** What a call has come to. */
export interface AnsweredCall {
  readonly call: Pick<LeasedCall, 'orderId' | 'lease'>
  readonly outcome: Outcome
}

/**
 * Makes the outcomes of calls take effect, in the caller's transaction. One whose lease is another's by now is passed over: who has
 * the lease asks the provider with the same key, and gets the same outcome.
 * @throws the errors of `client`.
 */
export async function settleCalls(client: SqlClient, answered: readonly AnsweredCall[]): Promise<Step[]> {
  const payments = await lockPayments(
    client,
    answered.map(({ call }) => call.orderId),
  )
  const steps = answered.flatMap(({ call, outcome }) => {
    const payment = payments.get(call.orderId)
    return payment?.lease === call.lease ? [settle(payment, outcome)] : []
  })
  await recordSteps(client, payments, steps)
  return steps
}
