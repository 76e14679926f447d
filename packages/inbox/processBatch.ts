import type { ConsumedBatch } from '@relevo/kafka'
import { failFirst } from './failEvent.ts'
import type { InboxContext } from './inboxContext.ts'
import { InboxError } from './inboxError.ts'
import { noteDead } from './noteDead.ts'
import { type ReceivedRecord, receiveRecord } from './receivedRecord.ts'
import { persist } from './retry.ts'
import { runHandlers } from './runHandlers.ts'
import { type Buried, buryRecords, type DeadRecord } from './sql/buryRecords.ts'
import { holdEvents } from './sql/holdEvents.ts'
import { type Takeable, takeEvents } from './sql/takeEvents.ts'
import { inTransaction, type Transaction } from './transaction.ts'

type EventRecord = Extract<ReceivedRecord, { kind: 'event' }>
type DeadReceived = Extract<ReceivedRecord, { kind: 'dead' }>

/** What one transaction did, counted once it has committed. */
interface Outcome {
  readonly processed: readonly EventRecord[]
  readonly duplicates: number
  readonly held: number
  readonly dead: readonly Buried[]
}

/**
 * Takes the records of a batch in: effects and marks in one transaction, repeated while the database fails. When it
 * resolves, each event took effect (now or before), is held back, or is a dead letter. Errors: InboxError `abandoned`.
 *
 * No lock is needed against another consumer at the same events (a rebalance while a transaction is open) or against
 * the retry worker. An event's mark is unique: the second waits for the first to commit, and then finds a duplicate.
 * A held event stays in the table until the transaction in which it takes effect commits: whoever reads before that
 * queues behind it, whoever reads later comes after it.
 */
export async function processBatch(context: InboxContext, batch: ConsumedBatch): Promise<void> {
  const received = batch.records.map((record) => receiveRecord(record, context.receive))
  const relevant = received.filter((item) => item.kind !== 'ignored')
  context.counts.ignored(received.length - relevant.length)
  while (relevant.length > 0)
    await processRecords(context, batch, relevant.splice(0, context.transactionEvents))
}

/** When a handler fails, halves the records until the event that failed stands alone. */
async function processRecords(
  context: InboxContext,
  batch: ConsumedBatch,
  records: readonly (EventRecord | DeadReceived)[],
): Promise<void> {
  try {
    const outcome = await repeat(context, batch, (tx) => takeIn(context, tx, batch.topic, records))
    count(context, outcome)
  } catch (error) {
    if (!(error instanceof InboxError) || error.code === 'abandoned') throw error
    if (records.length === 1) return setAside(context, batch, records[0] as EventRecord, error)
    const middle = Math.ceil(records.length / 2)
    await processRecords(context, batch, records.slice(0, middle))
    await processRecords(context, batch, records.slice(middle))
  }
}

function repeat<T>(
  context: InboxContext,
  batch: ConsumedBatch,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { topic, partition } = batch
  return persist(() => inTransaction(context, work), {
    signal: context.signal,
    isStale: () => batch.isStale(),
    onFailure: (err, attempts) => {
      context.counts.databaseFailed()
      context.logger.warn({ err, topic, partition, attempts }, 'the database failed; the batch is repeated')
    },
  })
}

async function takeIn(
  context: InboxContext,
  tx: Transaction,
  topic: string,
  records: readonly (EventRecord | DeadReceived)[],
): Promise<Outcome> {
  const { consumer } = context
  const events = records.filter((item) => item.kind === 'event')
  const takeable: Takeable[] = events.map(({ record, event }) => ({ record, identity: event, waits: true }))
  const taken = await takeEvents(tx, consumer, topic, takeable)
  const fresh = events.filter((_, place) => taken.fresh.has(place))
  await runHandlers(tx, fresh, context.run)

  const behind = events.filter((_, place) => taken.behind.has(place))
  const held = behind.map(({ record, event }) => ({ record, identity: event }))
  await holdEvents(tx, consumer, held, { attempts: 0, delayMs: 0, error: null })
  const dead = records.filter((item) => item.kind === 'dead')
  const buried = await buryRecords(tx, consumer, dead.map(toDeadRecord))
  const duplicates = events.length - fresh.length - behind.length
  return { processed: fresh, duplicates, held: behind.length, dead: buried }
}

function toDeadRecord({ record, identity, reason, error }: DeadReceived): DeadRecord {
  return { record, identity, reason, error, attempts: 0 }
}

/** Stores the failure of an event, so that the offset can move on without it. */
async function setAside(
  context: InboxContext,
  batch: ConsumedBatch,
  failed: EventRecord,
  error: InboxError,
): Promise<void> {
  const { record, event } = failed
  const dead = await repeat(context, batch, (tx) =>
    failFirst(context, tx, { record, identity: event }, error),
  )
  const facts = { err: error.cause ?? error, topic: record.topic, eventId: event.id, type: event.type }
  context.logger.warn(facts, 'an event failed; it is held back with its key')
  count(context, { processed: [], duplicates: 0, held: 1, dead })
}

function count(context: InboxContext, outcome: Outcome): void {
  const { counts } = context
  counts.processed(outcome.processed.map(({ event }) => event))
  if (outcome.duplicates > 0) counts.duplicates(outcome.duplicates)
  noteDead(context, outcome.dead)
  if (outcome.held > 0 || outcome.dead.length > 0) context.wake()
}
