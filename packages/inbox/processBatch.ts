import type { ConsumedBatch } from '@relevo/kafka'
import { failFirst, judge, noHistory } from './failEvent.ts'
import type { InboxContext } from './inboxContext.ts'
import { describeInboxError, InboxError } from './inboxError.ts'
import { noteDead } from './noteDead.ts'
import { type ReceivedRecord, receiveRecord } from './receivedRecord.ts'
import { breaksOfMany, breaksOfOne, persist } from './retry.ts'
import { runHandlers } from './runHandlers.ts'
import { advanceTaken, type Span } from './sql/advanceTaken.ts'
import { type Buried, buryRecords, type DeadRecord } from './sql/buryRecords.ts'
import { holdEvents } from './sql/holdEvents.ts'
import { type Takeable, takeEvents } from './sql/takeEvents.ts'
import { together } from './together.ts'
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

/** How long a batch waits before it is held, while what the handlers depend on is away. A group waits 60 s for it. */
const awayMs = 10_000

/**
 * Takes the records of a batch in: effects and marks in one transaction, repeated while the database fails. When it
 * resolves, each event took effect (now or before), is held back, or is a dead letter. Errors: InboxError `abandoned`.
 *
 * No lock is needed against another consumer at the same events (a rebalance while a transaction is open) or against
 * the retry worker. An event's mark is unique: the second waits for the first to commit, and then finds a duplicate.
 * A database that was restored, or failed over without its last commits, is behind what the group has committed: then it
 * resolves with the offset from which the records are to be taken again. What took effect before is a duplicate.
 * A held event stays in the table until the transaction in which it takes effect commits: whoever reads before that
 * queues behind it, whoever reads later comes after it.
 */
export async function processBatch(context: InboxContext, batch: ConsumedBatch): Promise<bigint | undefined> {
  const relevant = receive(context, batch)
  context.counts.ignored(batch.records.length - relevant.length)
  if (context.availability.awaySince() !== undefined) await context.availability.wait(awayMs, context.signal)
  const size = Math.min(context.transactionEvents, Math.max(1, relevant.length))
  const { topic, partition, next } = batch
  let from = batch.from
  try {
    for (let first = 0; first === 0 || first < relevant.length; first += size) {
      const records = relevant.slice(first, first + size)
      const span = { topic, partition, from, next: relevant[first + size]?.record.offset ?? next }
      await processRecords(context, batch, { ...span, records })
      from = span.next
    }
    return undefined
  } catch (error) {
    if (!(error instanceof InboxError) || error.code !== 'databaseBehind') throw error
    return goBack(context, batch, error.cause as bigint)
  }
}

function receive(context: InboxContext, { records }: ConsumedBatch): (EventRecord | DeadReceived)[] {
  const received = records.map((record) => receiveRecord(record, context.receive))
  return received.filter((item) => item.kind !== 'ignored')
}

/**
 * Takes the batches of several partitions in by one transaction, as {@link processBatch} takes each. False: that has failed and had
 * no effect. One after the other they will show which is at fault, and be repeated, halved or given back as each needs it.
 */
export async function processTogether(
  context: InboxContext,
  batches: readonly ConsumedBatch[],
): Promise<boolean> {
  const { signal, availability, counts, logger, consumer } = context
  if (signal.aborted || availability.awaySince() !== undefined) return false
  if (batches.some((batch) => batch.isStale())) return false
  const parts = batches.map((batch) => ({ span: batch, records: receive(context, batch) }))
  const take = (tx: Transaction) =>
    takeIn(
      context,
      tx,
      parts.map(({ span, records }) => {
        return { topic: span.topic, records, advance: () => advance(context, tx, span) }
      }),
    )
  try {
    count(context, await inTransaction(context, take))
  } catch (err) {
    logger.debug({ err, consumer }, 'batches of several partitions failed together; each is taken by itself')
    return false
  }
  for (const { span, records } of parts) counts.ignored(span.records.length - records.length)
  return true
}

async function advance(context: InboxContext, tx: Transaction, span: Span): Promise<void> {
  checkNothingLost(context, span, await advanceTaken(tx, context.consumer, span))
}

/** Records that go into one transaction, with those that are ignored between them. */
interface Chunk extends Span {
  readonly records: readonly (EventRecord | DeadReceived)[]
}

function goBack({ consumer, logger, wentBack }: InboxContext, batch: ConsumedBatch, to: bigint): bigint {
  const { topic, partition, from } = batch
  wentBack.set(`${topic}:${partition}`, to)
  const facts = { consumer, topic, partition, from: String(from), to: String(to) }
  logger.error(facts, 'the database has lost what the group has committed (a restore?); it is taken again')
  return to
}

/** When it fails, halves the records until the one at fault stands alone. */
async function processRecords(context: InboxContext, batch: ConsumedBatch, chunk: Chunk): Promise<void> {
  const { records } = chunk
  try {
    const breaks = records.length > 1 ? breaksOfMany : breaksOfOne
    const { topic } = batch
    const work = (tx: Transaction, advance: Advance) => takeIn(context, tx, [{ topic, records, advance }])
    count(context, await repeat(context, { batch, span: chunk, breaks }, work))
  } catch (error) {
    if (!(error instanceof InboxError) || error.code === 'abandoned' || error.code === 'databaseBehind')
      throw error
    const [first] = records
    if (first && records.length === 1)
      return setAside(context, { batch, span: chunk, breaks: Number.POSITIVE_INFINITY }, first, error)
    const middle = Math.ceil(records.length / 2)
    const between = (records[middle] as EventRecord | DeadReceived).record.offset
    await processRecords(context, batch, { ...chunk, next: between, records: records.slice(0, middle) })
    await processRecords(context, batch, { ...chunk, from: between, records: records.slice(middle) })
  }
}

/** Notes where the partition goes on. Nothing may be handled before it resolves. */
type Advance = () => Promise<void>

interface Repeating {
  readonly batch: ConsumedBatch
  readonly span: Span
  readonly breaks: number
}

function repeat<T>(
  context: InboxContext,
  { batch, span, breaks }: Repeating,
  work: (tx: Transaction, advance: Advance) => Promise<T>,
): Promise<T> {
  const { topic, partition } = span
  const take = (tx: Transaction) => work(tx, () => advance(context, tx, span))
  return persist(() => inTransaction(context, take), {
    signal: context.signal,
    isStale: () => batch.isStale(),
    breaks,
    onFailure: (err, attempts) => {
      context.counts.databaseFailed()
      context.logger.warn({ err, topic, partition, attempts }, 'the database failed; the batch is repeated')
    },
  })
}

/** What is missing may be no records but marks of transactions: so each place is gone back to once. */
function checkNothingLost({ wentBack }: InboxContext, span: Span, before: bigint | undefined): void {
  if (before === undefined || before >= span.from) return
  if (wentBack.get(`${span.topic}:${span.partition}`) === before) return
  throw new InboxError('databaseBehind', `The database goes on at ${before}`, { cause: before })
}

/** Records of one partition. */
interface Part extends Pick<Chunk, 'topic' | 'records'> {
  readonly advance: Advance
}

async function takeIn(context: InboxContext, tx: Transaction, parts: readonly Part[]): Promise<Outcome> {
  const { consumer } = context
  const works = parts.map((part) => () => mark(context, tx, part))
  const marked: readonly Marked[] = await together(tx, works)
  const fresh = marked.flatMap((part) => part.fresh)
  await runHandlers(tx, fresh, context.run)

  const buried: Buried[] = []
  for (const { behind, dead } of marked) {
    const held = behind.map(({ record, event }) => ({ record, identity: event }))
    await holdEvents(tx, consumer, held, { attempts: 0, delayMs: 0, error: null })
    buried.push(...(await buryRecords(tx, consumer, dead.map(toDeadRecord))))
  }
  const held = sum(marked.map(({ behind }) => behind.length))
  const duplicates = sum(marked.map((part) => part.duplicates))
  return { processed: fresh, duplicates, held, dead: buried }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0)
}

interface Marked {
  readonly fresh: readonly EventRecord[]
  readonly behind: readonly EventRecord[]
  readonly dead: readonly DeadReceived[]
  readonly duplicates: number
}

async function mark(context: InboxContext, tx: Transaction, part: Part): Promise<Marked> {
  const { topic, records, advance } = part
  const events = records.filter((item) => item.kind === 'event')
  const isAway = context.availability.awaySince() !== undefined
  const takeable: Takeable[] = events.map(({ record, event }) => ({ record, identity: event, waits: true }))
  // What the handlers depend on being away, none is tried: all of them wait.
  const take = async () =>
    isAway
      ? { fresh: new Set<number>(), behind: new Set(events.keys()) }
      : takeEvents(tx, context.consumer, topic, takeable)
  const [, taken] = await together(tx, [advance, take])
  const fresh = events.filter((_, place) => taken.fresh.has(place))
  const behind = events.filter((_, place) => taken.behind.has(place))
  const dead = records.filter((item) => item.kind === 'dead')
  return { fresh, behind, dead, duplicates: events.length - fresh.length - behind.length }
}

function toDeadRecord({ record, identity, reason, error }: DeadReceived): DeadRecord {
  return { record, identity, reason, error, attempts: 0 }
}

/** Stores the failure of a record, so that the offset can move on without it. */
async function setAside(
  context: InboxContext,
  repeating: Repeating,
  failed: EventRecord | DeadReceived,
  error: InboxError,
): Promise<void> {
  if (failed.kind === 'dead' || error.code === 'unstorable')
    return buryBare(context, repeating, failed, error)
  const { record, event } = failed
  const verdict = judge(error, noHistory, context)
  const work = async (tx: Transaction, advance: Advance) => {
    await advance()
    return failFirst(context, tx, { record, identity: event }, { verdict, error })
  }
  try {
    const dead = await repeat(context, repeating, work)
    const facts = { err: error.cause ?? error, topic: record.topic, eventId: event.id, type: event.type }
    context.logger.warn(facts, 'an event failed; it is held back with its key')
    count(context, { processed: [], duplicates: 0, held: 1, dead })
  } catch (cause) {
    if (!(cause instanceof InboxError) || cause.code !== 'unstorable') throw cause
    await buryBare(context, repeating, failed, cause)
  }
}

/** Gives up a record that the database does not take as it is: without headers, and without what they say. */
async function buryBare(
  context: InboxContext,
  repeating: Repeating,
  { record }: EventRecord | DeadReceived,
  error: InboxError,
): Promise<void> {
  const bare = { record: { ...record, headers: {} }, identity: undefined, attempts: 0 }
  const letter = { ...bare, reason: 'unstorable' as const, error: describeInboxError(error) }
  const work = async (tx: Transaction, advance: Advance) => {
    await advance()
    return buryRecords(tx, context.consumer, [letter])
  }
  const dead = await repeat(context, repeating, work)
  count(context, { processed: [], duplicates: 0, held: 0, dead })
}

function count(context: InboxContext, outcome: Outcome): void {
  const { counts } = context
  counts.processed(outcome.processed.map(({ event }) => event))
  if (outcome.processed.length > 0) context.availability.succeeded()
  if (outcome.duplicates > 0) counts.duplicates(outcome.duplicates)
  noteDead(context, outcome.dead)
  if (outcome.held > 0 || outcome.dead.length > 0) context.wake()
}
