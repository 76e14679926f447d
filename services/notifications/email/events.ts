import { draftEvent } from '@relevo/contracts'
import { originOf } from '@relevo/inbox'
import { enqueue, type NewEvent } from '@relevo/outbox'
import type pg from 'pg'
import {
  notificationDead,
  notificationFailed,
  notificationSent,
} from '../../../systems/shop/notificationEvents.ts'
import { notificationRequested } from '../../../systems/shop/notificationRequests.ts'
import type { Outcome } from './outcome.ts'
import type { Attempted, Settled } from './sql/settleNotification.ts'

export interface DeadLetterPlace {
  readonly topic: string
  /** The consumer group that took the request. */
  readonly consumer: string
}

/** Records the events of an attempt, in the transaction that settles it. */
export async function recordOutcome(
  client: pg.PoolClient,
  attempted: Attempted,
  outcome: Outcome,
  settled: Settled,
  place: DeadLetterPlace,
): Promise<void> {
  const events = draftOutcome(attempted, outcome, settled)
  const copy = settled.state === 'dead' ? [deadLetter(attempted, settled, place)] : []
  await enqueue(client, [...events, ...copy])
}

function draftOutcome(attempted: Attempted, outcome: Outcome, settled: Settled): NewEvent[] {
  const { id, eventId, template, orderId, headers } = attempted
  const { attempts: attempt, doubtful: doubtful_attempts, state } = settled
  const order = orderId === null ? {} : { order_id: orderId }
  const about = { notification_id: id, channel: 'email', template, ...order, attempt } as const
  const options = { headers: originOf({ id: eventId, headers }) }
  if (outcome.sent) return [draftEvent(notificationSent, { ...about, doubtful_attempts }, options)]
  const { reason, detail } = outcome
  const failure = { ...about, reason, detail }
  const dead = state === 'dead' ? [draftEvent(notificationDead, failure, options)] : []
  // Waiting for a mail server that is away is no attempt.
  if (attempt === attempted.attempts) return dead
  return [draftEvent(notificationFailed, failure, options), ...dead]
}

/** Those that the relay gives each record. */
const ofTheRelay = [
  'ce_specversion',
  'ce_id',
  'ce_type',
  'ce_source',
  'ce_time',
  'ce_outboxid',
  'content-type',
]
/** As many as an outbox takes. */
const mostHeaders = 100

/** The request with its own id, payload and headers, and the reason in headers as the inbox's dead letters have them. */
function deadLetter(
  { id, eventId, headers, payload }: Attempted,
  { attempts, reason, detail }: Settled,
  { topic, consumer }: DeadLetterPlace,
): NewEvent {
  const added = {
    relevo_dlt_consumer: consumer,
    relevo_dlt_reason: reason ?? '',
    relevo_dlt_error: detail ?? '',
    relevo_dlt_attempts: String(attempts),
    relevo_dlt_time: new Date().toISOString(),
    // Those of the request, whose place the copy's own take.
    ...(headers.ce_source !== undefined && { relevo_dlt_source: headers.ce_source }),
    ...(headers.ce_time !== undefined && { relevo_dlt_event_time: headers.ce_time }),
  }
  const room = mostHeaders - Object.keys(added).length
  const own = Object.entries(headers).filter(
    ([name]) => !ofTheRelay.includes(name) && !Object.hasOwn(added, name),
  )
  return {
    eventId,
    topic,
    key: id,
    type: notificationRequested.type,
    headers: Object.fromEntries([...own.slice(0, room), ...Object.entries(added)].map(storable)),
    payload,
  }
}

/** Kafka's headers may hold what Postgres cannot; none gets longer, for an outbox bounds them. */
function storable([name, value]: [string, string]): [string, string] {
  return [clean(name), clean(value)]
}

function clean(text: string): string {
  return text.replaceAll('\0', '?').toWellFormed()
}
