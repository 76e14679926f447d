import type { OutboxEvent } from '../publish/event.ts'
import { type EventError, heldPartition } from '../publish/publishEvents.ts'

/** A topic or partition that Kafka rejects for now. */
export interface Hold {
  readonly topic: string
  /** -1: the whole topic. */
  readonly partition: number
  /** Kafka's last error. */
  error: EventError
  /** Keys that wait for it. */
  keys: number
  since: Date
  /** When it became known here, and when it is probed next; by performance.now(). */
  readonly knownAt: number
  probeAt: number
  probes: number
  /** Events released so far, once a probe was acknowledged. */
  released: number
}

/** The topics and partitions that keys of this relay wait for. */
export class TopicHolds {
  readonly #holds = new Map<string, Hold>()
  readonly #partitionOf: (event: OutboxEvent) => number

  /** @param partitionOf -1 where that is not known. */
  constructor(partitionOf: (event: OutboxEvent) => number) {
    this.#partitionOf = partitionOf
  }

  get size(): number {
    return this.#holds.size
  }

  all(): Hold[] {
    return [...this.#holds.values()]
  }

  /** The hold that an event would wait for if it were sent now. */
  find(event: OutboxEvent): Hold | undefined {
    if (this.#holds.size === 0) return undefined
    const whole = this.#holds.get(nameOf(event.topic, -1))
    return whole ?? this.#holds.get(nameOf(event.topic, this.#partitionOf(event)))
  }

  /** One more key waits for what the error names. @returns undefined if that is only the event. */
  add(error: EventError, topic: string, since = new Date()): Hold | undefined {
    if (error.scope === 'record' || error.scope === 'cluster') return undefined
    const partition = heldPartition(error)
    const name = nameOf(topic, partition)
    const now = performance.now()
    const hold = this.#holds.get(name) ?? {
      topic,
      partition,
      error,
      keys: 0,
      since,
      knownAt: now,
      probeAt: now,
      probes: 0,
      released: 0,
    }
    hold.keys += 1
    if (since < hold.since) hold.since = since
    this.#holds.set(name, hold)
    return hold
  }

  remove({ topic, partition }: Hold): void {
    this.#holds.delete(nameOf(topic, partition))
  }
}

function nameOf(topic: string, partition: number): string {
  return `${partition} ${topic}`
}
