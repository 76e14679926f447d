import { KafkaError, type RecordError } from '@relevo/kafka'
import { EncodingError } from './encodingError.ts'
import type { OutboxEvent } from './event.ts'

/** One outstanding call; resolves when every event is acknowledged by all in-sync replicas. */
export type Send = (events: readonly OutboxEvent[]) => Promise<void>

/** Sends, for once, events that were encoded ahead. */
export type Prepared = () => Promise<void>

/** Why one event of a `Send` was not acknowledged. */
export type EventError = Omit<RecordError, 'code' | 'brokerCode'> & {
  readonly code: RecordError['code'] | EncodingError['code']
}

export interface Refusal {
  event: OutboxEvent
  error: EventError
}

/** The partition that the error is about; -1 for the whole topic, or for the event alone. */
export function heldPartition({ scope, partition }: EventError): number {
  return scope === 'partition' ? partition : -1
}

export interface PublishResult {
  acknowledged: OutboxEvent[]
  /** Events that were rejected for a reason of their own, or of their topic or partition. */
  refused: Refusal[]
  /** Not tried, since an earlier event of the same key was rejected. */
  behind: OutboxEvent[]
  /** Why the rest, in order, has no outcome: the broker is failing, or something unexpected happened. */
  trouble: Error | undefined
}

/**
 * Publishes events in the order of each key. Sets aside those that the error names, and resends the others. If
 * it names none, halves the failed ones until the event at fault stands alone; the first half is done before the second
 * begins, which keeps the order of each key.
 * @param prepared sends all of the events.
 */
export async function publishEvents(
  events: readonly OutboxEvent[],
  send: Send,
  prepared?: Prepared,
): Promise<PublishResult> {
  const result: PublishResult = { acknowledged: [], refused: [], behind: [], trouble: undefined }
  const refusedKeys = new Set<string>()
  const steps = inSteps(events)
  let sendPart: Send = steps.length === 1 && prepared ? prepared : send
  // A stack of parts still to send, the next on top.
  const parts = steps.reverse()
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const sendable = setAside(part, refusedKeys, result.behind)
    const error = await attempt(sendable, sendPart)
    sendPart = send
    if (error === undefined) {
      addAll(result.acknowledged, sendable)
      continue
    }
    const failed = keepFailed(sendable, error, result.acknowledged)
    if (!namesEvents(error)) {
      result.trouble = error
      return result
    }
    const { refused, rest } = isolate(failed, error, sendable)
    for (const refusal of refused) {
      result.refused.push(refusal)
      refusedKeys.add(refusal.event.key)
    }
    parts.push(...rest.reverse())
  }
  return result
}

/**
 * Splits events so that within a part the events of a key go to one partition: Kafka gives no order across topics and
 * partitions, and may accept one while it rejects another. Usually a key stays in one partition, and there is one part.
 */
function inSteps(events: readonly OutboxEvent[]): (readonly OutboxEvent[])[] {
  const steps: OutboxEvent[][] = []
  const lastOf = new Map<string, OutboxEvent>()
  const stepOf = new Map<string, number>()
  for (const event of events) {
    const { key } = event
    const last = lastOf.get(key)
    if (last && !goToOnePartition(last, event)) stepOf.set(key, (stepOf.get(key) ?? 0) + 1)
    lastOf.set(key, event)
    const step = stepOf.get(key) ?? 0
    const part = steps[step]
    if (part) part.push(event)
    else steps.push([event])
  }
  return steps.length === 1 ? [events] : steps
}

/** For two events of one key. */
function goToOnePartition(one: OutboxEvent, other: OutboxEvent): boolean {
  return one.topic === other.topic && (one.partitionKey ?? one.key) === (other.partitionKey ?? other.key)
}

async function attempt(events: readonly OutboxEvent[], send: Send): Promise<Error | undefined> {
  if (events.length === 0) return undefined
  try {
    await send(events)
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error('the producer failed', { cause: error })
  }
}

/** Is it the fault of events, topics or partitions, and not of the whole cluster? */
function namesEvents(error: Error): error is KafkaError | EncodingError {
  return error instanceof EncodingError || (error instanceof KafkaError && error.scope !== 'cluster')
}

/** Counts the events that the error does not name as acknowledged. */
function keepFailed(
  events: readonly OutboxEvent[],
  error: Error,
  acknowledged: OutboxEvent[],
): readonly OutboxEvent[] {
  if (!(error instanceof KafkaError) || error.failed === undefined) return events
  const failed = new Set(error.failed)
  addAll(
    acknowledged,
    events.filter((_, index) => !failed.has(index)),
  )
  return events.filter((_, index) => failed.has(index))
}

/**
 * The failed events that the error names, and the parts to try next. At most the first of each key counts, so that later ones
 * wait; an earlier one that failed only because its partition stopped there is retried.
 * @param sent the events that the error's indexes refer to.
 */
function isolate(
  failed: readonly OutboxEvent[],
  error: KafkaError | EncodingError,
  sent: readonly OutboxEvent[],
): { refused: Refusal[]; rest: (readonly OutboxEvent[])[] } {
  const errors = new Map<OutboxEvent | undefined, EventError>()
  for (const named of error.errors) if (named.scope !== 'cluster') errors.set(sent[named.index], named)
  const keys = new Set<string>()
  const refused: Refusal[] = []
  const rest: OutboxEvent[] = []
  for (const event of failed) {
    const named = errors.get(event)
    if (named && !keys.has(event.key)) refused.push({ event, error: named })
    else rest.push(event)
    keys.add(event.key)
  }
  if (refused.length > 0) return { refused, rest: [rest] }
  return halve(failed, error)
}

function halve(
  failed: readonly OutboxEvent[],
  error: KafkaError | EncodingError,
): { refused: Refusal[]; rest: (readonly OutboxEvent[])[] } {
  const [event] = failed
  if (event === undefined) return { refused: [], rest: [] }
  if (failed.length === 1) return { refused: [{ event, error: errorOf(event, error) }], rest: [] }
  const middle = Math.ceil(failed.length / 2)
  return { refused: [], rest: [failed.slice(0, middle), failed.slice(middle)] }
}

function errorOf({ topic }: OutboxEvent, error: KafkaError | EncodingError): EventError {
  const scope = error instanceof KafkaError ? error.scope : 'record'
  return { index: 0, code: error.code, scope, topic, partition: -1, message: error.message }
}

function setAside(
  events: readonly OutboxEvent[],
  keys: ReadonlySet<string>,
  behind: OutboxEvent[],
): readonly OutboxEvent[] {
  if (keys.size === 0) return events
  addAll(
    behind,
    events.filter((event) => keys.has(event.key)),
  )
  return events.filter((event) => !keys.has(event.key))
}

/** push(...items) would overflow the stack with many. */
function addAll<T>(target: T[], items: readonly T[]): void {
  for (const item of items) target.push(item)
}
