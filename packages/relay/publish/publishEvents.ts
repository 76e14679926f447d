import { KafkaError } from '@relevo/kafka'
import type { OutboxEvent } from './event.ts'

/** One outstanding call; resolves when every event is acknowledged by all in-sync replicas. */
export type Send = (events: readonly OutboxEvent[]) => Promise<void>

export interface Refusal {
  event: OutboxEvent
  error: KafkaError
}

export interface PublishResult {
  acknowledged: OutboxEvent[]
  /** Events that the broker does not take for themselves. */
  refused: Refusal[]
  /** Not tried, since an event of the same key before them was refused. */
  behind: OutboxEvent[]
  /** Why neither of these is known of the rest, in order: the broker is in trouble, or something unexpected happened. */
  trouble: Error | undefined
}

/**
 * Publishes events in the order of each key. Where the broker refuses some for themselves, halves what failed until these stand
 * alone, so that all others go out; the first half is done before the second begins, which keeps the order of
 * each key.
 */
export async function publishEvents(events: readonly OutboxEvent[], send: Send): Promise<PublishResult> {
  const result: PublishResult = { acknowledged: [], refused: [], behind: [], trouble: undefined }
  const refusedKeys = new Set<string>()
  // A stack of parts still to send, the next on top.
  const parts = inSteps(events).reverse()
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const sendable = setAside(part, refusedKeys, result.behind)
    const error = await attempt(sendable, send)
    if (error === undefined) {
      addAll(result.acknowledged, sendable)
      continue
    }
    const failed = keepFailed(sendable, error, result.acknowledged)
    if (!isRefusal(error)) {
      result.trouble = error
      return result
    }
    const { refused, rest } = isolate(failed, error)
    for (const event of refused) {
      result.refused.push({ event, error })
      refusedKeys.add(event.key)
    }
    parts.push(...rest.reverse())
  }
  return result
}

/**
 * Divides events so that within a part the events of a key go to one place: Kafka takes what is for two topics or
 * partitions in no order, and takes the one when it refuses the other. Keys keep to one place as a rule, so that
 * there is one part, which is the very array given.
 */
function inSteps(events: readonly OutboxEvent[]): (readonly OutboxEvent[])[] {
  const steps: OutboxEvent[][] = []
  const lastOf = new Map<string, OutboxEvent>()
  const stepOf = new Map<string, number>()
  for (const event of events) {
    const { key } = event
    const last = lastOf.get(key)
    if (last && !goToOnePlace(last, event)) stepOf.set(key, (stepOf.get(key) ?? 0) + 1)
    lastOf.set(key, event)
    const step = stepOf.get(key) ?? 0
    const part = steps[step]
    if (part) part.push(event)
    else steps.push([event])
  }
  return steps.length === 1 ? [events] : steps
}

/** For two events of one key. */
function goToOnePlace(one: OutboxEvent, other: OutboxEvent): boolean {
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

function isRefusal(error: Error): error is KafkaError {
  return error instanceof KafkaError && (error.scope === 'record' || error.scope === 'topic')
}

/** Moves what the error does not name as failed to the acknowledged. */
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

/** Which of these the error is about, as far as it tells, and the parts to try next. */
function isolate(
  failed: readonly OutboxEvent[],
  error: KafkaError,
): { refused: OutboxEvent[]; rest: (readonly OutboxEvent[])[] } {
  const [first] = failed
  if (first === undefined) return { refused: [], rest: [] }
  if (failed.length === 1) return { refused: [first], rest: [] }
  if (error.topic !== undefined && error.code !== 'recordTooLarge' && error.code !== 'invalidRecord') {
    const parts = refuseTopic(failed, error.topic)
    if (parts.refused.length > 0) return parts
  }
  const middle = Math.ceil(failed.length / 2)
  return { refused: [], rest: [failed.slice(0, middle), failed.slice(middle)] }
}

/** A whole topic is refused: of each key, the first event if it is of that topic, with those behind it. */
function refuseTopic(
  failed: readonly OutboxEvent[],
  topic: string,
): { refused: OutboxEvent[]; rest: OutboxEvent[][] } {
  const keys = new Set<string>()
  const refused: OutboxEvent[] = []
  const rest: OutboxEvent[] = []
  for (const event of failed) {
    if (event.topic === topic && !keys.has(event.key)) refused.push(event)
    else rest.push(event)
    keys.add(event.key)
  }
  return { refused, rest: [rest] }
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
