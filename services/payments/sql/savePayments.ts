import type { SqlClient } from '@relevo/kit'
import { dueCall, type Payment } from '../domain/payment.ts'
import type { StoredPayment } from './paymentRow.ts'

const columns = `unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::jsonb[], $10::text[])
  as s (order_id, amount_minor, currency, customer_id, customer_email, state, decline_reason, provider_reference,
    waiting, work)`

const insertSql = `
insert into payment (order_id, amount_minor, currency, customer_id, customer_email, state, decline_reason,
  provider_reference, waiting, due_at, pending_since)
select s.order_id, s.amount_minor, s.currency, s.customer_id, s.customer_email, s.state, s.decline_reason,
  s.provider_reference, s.waiting, due, due
from ${columns}, lateral (select case when s.work = 'begin' then now() end as due) d
returning order_id, id`

// A call that goes on to be due keeps its lease and what was tried.
const updateSql = `
update payment p
set amount_minor = s.amount_minor, currency = s.currency, customer_id = s.customer_id,
  customer_email = s.customer_email, state = s.state, decline_reason = s.decline_reason,
  provider_reference = s.provider_reference, waiting = s.waiting, updated_at = now(),
  due_at = case s.work when 'keep' then p.due_at when 'begin' then now() end,
  pending_since = case s.work when 'keep' then p.pending_since when 'begin' then now() end,
  lease = case s.work when 'keep' then p.lease end,
  attempts = case s.work when 'keep' then p.attempts else 0 end,
  last_error = case s.work when 'keep' then p.last_error end,
  reported = s.work = 'keep' and p.reported
from ${columns}
where p.order_id = s.order_id`

/** Whether the call of the provider that is due is the one from before. */
type Work = 'keep' | 'begin' | 'done'

export interface Change {
  readonly before: StoredPayment | undefined
  readonly after: Payment
}

/** Stores what has become of payments, whose locks are the caller's; returns the numbers of all of them, by the order. */
export async function savePayments(
  client: SqlClient,
  changes: readonly Change[],
): Promise<Map<string, number>> {
  const added = changes.filter(({ before }) => before === undefined)
  const changed = changes.filter(({ before, after }) => before !== undefined && before !== after)
  const ids = new Map(changes.flatMap(({ before }) => (before ? [[before.orderId, before.id]] : [])))
  if (changed.length > 0)
    await client.query({ name: 'update_payments', text: updateSql, values: toValues(changed) })
  if (added.length === 0) return ids
  const query = { name: 'insert_payments', text: insertSql, values: toValues(added) }
  const { rows } = await client.query<{ order_id: string; id: string }>(query)
  for (const { order_id, id } of rows) ids.set(order_id, Number(id))
  return ids
}

function toValues(changes: readonly Change[]): unknown[] {
  const payments = changes.map(({ after }) => after)
  return [
    payments.map(({ orderId }) => orderId),
    payments.map(({ charge }) => charge?.amountMinor.toString() ?? null),
    payments.map(({ charge }) => charge?.currency ?? null),
    payments.map(({ charge }) => charge?.customerId ?? null),
    payments.map(({ charge }) => charge?.customerEmail ?? null),
    payments.map(({ state }) => state),
    payments.map(({ declineReason }) => declineReason),
    payments.map(({ providerReference }) => providerReference),
    payments.map(({ waiting }) => JSON.stringify(waiting)),
    changes.map(workOf),
  ]
}

function workOf({ before, after }: Change): Work {
  const due = dueCall(after)
  if (due === undefined) return 'done'
  return before && dueCall(before) === due ? 'keep' : 'begin'
}
