import { bury, judge } from './failEvent.ts'
import type { InboxContext } from './inboxContext.ts'
import { describeInboxError, InboxError } from './inboxError.ts'
import { noteDead } from './noteDead.ts'
import { type EventIdentity, type ReceivedRecord, receiveRecord } from './receivedRecord.ts'
import { breaksOfOne } from './retry.ts'
import { runHandlers } from './runHandlers.ts'
import { type Buried, buryRecords } from './sql/buryRecords.ts'
import {
  deleteHeld,
  findDueHeads,
  type HeldHead,
  hastenUnavailable,
  lockHead,
  postponeHeld,
} from './sql/heldEvents.ts'
import { takeEvents } from './sql/takeEvents.ts'
import { inTransaction, type Transaction, tookTooLong } from './transaction.ts'

type Attempt =
  | { readonly kind: 'gone' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'processed'; readonly event: EventIdentity }
  | { readonly kind: 'dead'; readonly buried: readonly Buried[] }

const headsAtOnce = 100

/** The result of a round. */
export interface Round {
  /** Milliseconds until there is more to do, 0 if the keys' next events may be due already; undefined if not known. */
  readonly nextInMs: number | undefined
  /** Whether dead letters may have to be published. */
  readonly unpublished: boolean
}

/**
 * One round: tries the held events that are due and at the heads of their keys, each in its own transaction; only
 * one while the handlers' dependency is away. Errors: the database's.
 */
export async function retryHeld(context: InboxContext): Promise<Round> {
  const { availability } = context
  const whenBack = () => ({ nextInMs: availability.pauseMs(), unpublished: true })
  if (availability.pauseMs() > 0) return whenBack()
  const wasAwaySince = availability.awaySince()
  const found = await findDueHeads(context.pool, context.consumer, headsAtOnce)
  const { positions, nextInMs } = found
  let tried = false
  for (const position of positions) {
    if (context.signal.aborted) break
    tried = (await retryHead(context, position)) || tried
    if (availability.pauseMs() > 0) return whenBack()
  }
  // The failed event may have been the only one held, and another replica may have succeeded with it. An event that has failed
  // since the query is not in its result.
  const noneHeld = positions.length === 0 && nextInMs === undefined
  if (noneHeld && availability.awaySince() === wasAwaySince) availability.succeeded()
  // If none was tried, none was due, or other replicas have them.
  return tried ? { nextInMs: 0, unpublished: true } : { nextInMs, unpublished: found.unpublished }
}

/** Tries one event; false when another replica has it. */
async function retryHead(context: InboxContext, position: string): Promise<boolean> {
  let attempted: HeldHead | undefined
  try {
    const attempt = await inTransaction(context, async (tx) => {
      attempted = await lockHead(tx, position, null)
      return attempted ? attemptHead(context, tx, attempted) : ({ kind: 'gone' } as const)
    })
    context.breaks.delete(position)
    return await noteAttempt(context, attempt)
  } catch (error) {
    if (!(error instanceof InboxError) || !attempted) throw error
    if (!isConclusive(context, position, error)) throw error.cause
    await noteFailure(context, attempted, error)
    return true
  }
}

/** A broken transaction is the event's fault only if it breaks repeatedly, or took too long. */
function isConclusive({ breaks }: InboxContext, position: string, error: InboxError): boolean {
  if (error.code !== 'transactionLost' || tookTooLong(error)) return true
  const count = (breaks.get(position) ?? 0) + 1
  if (count < breaksOfOne) breaks.set(position, count)
  else breaks.delete(position)
  return count >= breaksOfOne
}

async function attemptHead(context: InboxContext, tx: Transaction, head: HeldHead): Promise<Attempt> {
  const received = receiveRecord(head.record, context.receive)
  // Since it was held, its handler may have gone or its schema have changed.
  if (received.kind !== 'event') return giveUp(context, tx, head, received)
  const { event, record } = received
  await deleteHeld(tx, head.position)
  const taken = await takeEvents(tx, context.consumer, record.topic, [
    { record, identity: event, waits: false },
  ])
  if (taken.fresh.size === 0) return { kind: 'duplicate' }
  if (head.attempts > 0) context.counts.retried(event.type)
  await runHandlers(tx, [{ ...received, attempts: head.attempts }], context.run)
  return { kind: 'processed', event }
}

async function giveUp(
  context: InboxContext,
  tx: Transaction,
  head: HeldHead,
  received: Exclude<ReceivedRecord, { kind: 'event' }>,
): Promise<Attempt> {
  await deleteHeld(tx, head.position)
  if (received.kind === 'ignored') return { kind: 'duplicate' }
  const { record, identity, reason, error } = received
  const dead = [{ record, identity, reason, error, attempts: head.attempts }]
  return { kind: 'dead', buried: await buryRecords(tx, context.consumer, dead) }
}

async function noteAttempt(context: InboxContext, attempt: Attempt): Promise<boolean> {
  if (attempt.kind === 'gone') return false
  if (attempt.kind === 'duplicate') context.counts.duplicates(1)
  if (attempt.kind === 'processed') {
    context.counts.processed([attempt.event])
    if (context.availability.succeeded()) await hastenUnavailable(context.pool, context.consumer)
  }
  if (attempt.kind === 'dead') noteDead(context, attempt.buried)
  return true
}

/** Stores the failure, unless another replica has tried the event since. */
async function noteFailure(context: InboxContext, attempted: HeldHead, error: InboxError): Promise<void> {
  const verdict = judge(error, attempted, context)
  const buried = await inTransaction(context, async (tx) => {
    const head = await lockHead(tx, attempted.position, attempted.attempts)
    const received = receiveRecord(attempted.record, context.receive)
    if (!head || received.kind !== 'event') return []
    if (verdict.kind === 'retry') {
      await postponeHeld(tx, head.position, { ...verdict, error: describeInboxError(error) })
      return []
    }
    await deleteHeld(tx, head.position)
    return bury(context, tx, { record: received.record, identity: received.event }, { ...verdict, error })
  })
  noteDead(context, buried)
  const { topic, headers } = attempted.record
  const { attempts } = verdict
  const facts = { err: error.cause ?? error, topic, eventId: headers.ce_id, type: headers.ce_type, attempts }
  if (verdict.kind === 'retry') context.logger.warn(facts, 'an event failed again')
}
