import type { InboxTransaction } from '@relevo/inbox'

export interface NewNotification {
  readonly id: string
  readonly eventId: string
  readonly headers: Readonly<Record<string, string>>
  /** The payload as it came, JSON. */
  readonly json: string
  readonly channel: string
  readonly template: string
  readonly recipient: string
  readonly orderId: string | undefined
  readonly deliverBefore: string | undefined
  /** That of its user's profile. */
  readonly language: string | undefined
  /** Its user wants none of the kind: it is recorded, and not sent. */
  readonly isSwitchedOff: boolean
}

const insertSql = `
insert into notification (id, event_id, headers, payload, channel, template, recipient, order_id, deliver_before, language, state,
  ended_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $11 then 'skipped' else 'queued' end,
  case when $11 then clock_timestamp() end)
on conflict (id) do nothing`

/** Records a notification to be sent; false: one of this id is there already, by an earlier request. */
export async function insertNotification(tx: InboxTransaction, given: NewNotification): Promise<boolean> {
  const { id, eventId, headers, json, channel, template, recipient, orderId, deliverBefore } = given
  const about = [channel, template, recipient, orderId ?? null, deliverBefore ?? null]
  const chosen = [given.language ?? null, given.isSwitchedOff]
  const values = [id, eventId, JSON.stringify(headers), json, ...about, ...chosen]
  const { rowCount } = await tx.query({ name: 'insert_notification', text: insertSql, values })
  return rowCount === 1
}
