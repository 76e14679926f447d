import { InboxError, type InboxEvent, type InboxTransaction } from '@relevo/inbox'
import { storableJson } from '@relevo/outbox'
import type { z } from 'zod'
import type { notificationRequested } from '../../../systems/shop/notificationRequests.ts'
import { findPreference } from '../preferences/sql/preferences.ts'
import { insertNotification } from './sql/insertNotification.ts'
import { preferenceOf } from './templates/index.ts'

type Request = z.output<typeof notificationRequested.payload>

/** So that its copy for the dead letters fits into the outbox with its headers. */
const mostBytes = 512 * 1_024

export type Receipt = 'accepted' | 'repeated' | 'skipped'

/**
 * Records a notification in the transaction of its request, in the language of its user's profile; skipped: the user has switched such
 * mails off. What is chosen later holds for later requests.
 * @throws InboxError `rejected` for one that could not become a dead letter later.
 */
export async function receiveRequest(
  { id: eventId, data, json, headers }: InboxEvent<Request>,
  tx: InboxTransaction,
): Promise<Receipt> {
  checkStorable(json, headers)
  const { notification_id: id, channel, template, to: recipient, order_id, deliver_before } = data
  const preference = await findPreference(tx, data.customer_id)
  const kind = preferenceOf(template)
  const isSwitchedOff = kind !== undefined && preference?.[kind] === false
  const isNew = await insertNotification(tx, {
    ...{ id, eventId, headers, json, channel, template, recipient, isSwitchedOff },
    orderId: order_id,
    deliverBefore: deliver_before,
    language: preference?.language ?? undefined,
  })
  if (!isNew) return 'repeated'
  return isSwitchedOff ? 'skipped' : 'accepted'
}

function checkStorable(json: string, headers: Readonly<Record<string, string>>): void {
  // 1e20 is written with all its digits in the copy.
  const payloadBytes = Math.max(Buffer.byteLength(json), Buffer.byteLength(copyOf(json)))
  const bytes = payloadBytes + Buffer.byteLength(JSON.stringify(headers))
  if (bytes > mostBytes)
    throw new InboxError('rejected', `It has ${bytes} bytes, more than ${mostBytes}: send less data`)
}

function copyOf(json: string): string {
  try {
    return storableJson(JSON.parse(json), 'The request')
  } catch (cause) {
    throw new InboxError('rejected', 'It holds text that no database takes', { cause })
  }
}
